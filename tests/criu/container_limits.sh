#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of groups below a container's own, on cgroup v2, through runc and crun. LONG=1: and frozen ones.
. "$(dirname "$0")/lib.sh"
share trixie
for runtime in runc crun; do
	absorb < <(machine --suite trixie --cgroups v2 env RUNTIME=$runtime LONG="${LONG-}" bash $inner/oci_limits.sh)
done
tap_end
