#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Exclusive cpusets of cgroup v1 beside others. In an emulated machine, since an exclusive group is in the way of all others.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(machine --suite trixie --cpus 4 bash $inner/exclusive.sh)
tap_end
