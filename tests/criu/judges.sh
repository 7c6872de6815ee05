#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The judges of `fit` against this machine's kernel, on cgroup v1.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(GROUP=crw-$$ here trixie bash $inner/judges.sh)
tap_end
