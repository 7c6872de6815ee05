#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of groups below a container's own, on cgroup v2, through runc and crun, by CRIU 4.1.1. LONG=1: and frozen ones, and
# by 4.2.1 and 4.3 too.
. "$(dirname "$0")/lib.sh"
for root in trixie ${LONG:+sid experimental}; do
	share $root
	for runtime in runc crun; do
		absorb < <(machine --suite $root --cgroups v2 env RUNTIME=$runtime LONG="${LONG-}" bash $inner/oci_limits.sh)
	done
	rm -rf "$share"
done
tap_end
