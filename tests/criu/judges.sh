#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The judges of `fit` against this machine's kernel, and with LONG=1 against that of an emulated machine with cgroup v2.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(GROUP=crw-$$ here trixie bash $inner/judges.sh)
absorb < <(GROUP=crw-$$ here trixie bash $inner/judges_each.sh)
[ -z "${LONG-}" ] || absorb < <(GROUP=crw machine --suite trixie --cgroups v2 --timeout 1200 bash $inner/judges_each.sh)
tap_end
