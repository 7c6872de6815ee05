#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The right group, on this machine's own kernel with CRIU 4.1.1: criu's own, that of --cgroup-root, and that of a runtime.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(GROUP=crw-$$ here trixie bash $inner/own_group.sh)
tap_end
