#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Groups that are made before CRIU comes to them: limits of v1 on a machine with v2, where nothing is switched on yet.
# CRIU 3.17.1, with LONG=1 4.1.1, 4.2.1 and 4.3 too.
# What happens to the groups when a restore fails or is killed is in cgroup_capture.sh.
. "$(dirname "$0")/lib.sh"
for root in bookworm ${LONG:+trixie sid experimental}; do
	share $root
	absorb < <(machine --suite $root --cgroups v1 bash $inner/prepare_dump.sh)
	absorb < <(machine --suite $root --cgroups v2 bash $inner/prepare.sh)
	rm -rf "$share"
done
tap_end
