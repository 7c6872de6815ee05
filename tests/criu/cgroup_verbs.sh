#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# move, drop, regroup, fit, clear and convert on real CRIU, before and after: from a machine with 4 CPUs, 2 nodes and
# cgroup v1 to one with 2 CPUs, 1 node and other hierarchies, to v2, and back; CRIU 4.1.1, with LONG=1 3.17.1, 4.2.1 and 4.3 too.
. "$(dirname "$0")/lib.sh"
for root in trixie ${LONG:+bookworm sid experimental}; do
	share $root
	on() { machine --suite $root "$@"; }
	absorb < <(on --cpus 4 --nodes 2 bash $inner/cgroup_v1_dump.sh spread)
	absorb < <(on --cpus 2 --cgroups v1-joined --append cgroup_disable=rdma bash $inner/cgroup_v1_restore.sh)
	absorb < <(on --cpus 4 --cgroups hybrid bash $inner/cgroup_v1_dump.sh leaf)
	absorb < <(on --cpus 2 --cgroups v2 bash $inner/cgroup_v2.sh)
	absorb < <(on --cpus 2 bash $inner/cgroup_v1_from_v2.sh)
	rm -rf "$share"
done
tap_end
