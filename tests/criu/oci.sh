#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What runc and crun refuse in a spec on cgroup v2, and that it is fitted: the rows of plugin/oci/fit.def, on a machine with
# fewer CPUs than the container had. What is taken and what is fitted goes into one spec each; with LONG=1 each row by itself.
. "$(dirname "$0")/lib.sh"
share trixie
both() { echo "RUNTIME=runc bash $inner/$1; RUNTIME=crun bash $inner/$1"; }
absorb < <(machine --suite trixie --cpus 4 --cgroups v2 sh -c "$(both oci_rows_dump.sh)")
absorb < <(machine --timeout 900 --suite trixie --cpus 2 --cgroups v2 env LONG="${LONG-}" sh -c "$(both oci_rows.sh)")
tap_end
