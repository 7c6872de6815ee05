#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What runc and crun refuse in a spec on cgroup v2, and that it is fitted: the rows of plugin/oci/fit.def, on a machine with
# fewer CPUs than the container had.
. "$(dirname "$0")/lib.sh"
share trixie
for runtime in runc crun; do
	absorb < <(machine --suite trixie --cpus 4 --cgroups v2 env RUNTIME=$runtime bash $inner/oci_rows_dump.sh)
	absorb < <(machine --timeout 900 --suite trixie --cpus 2 --cgroups v2 env RUNTIME=$runtime bash $inner/oci_rows.sh)
done
tap_end
