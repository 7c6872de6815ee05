#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job through runc, as containerd and Docker do it: on emulated machines, from cgroup v1 to v2, and on this
# machine's kernel; CRIU 4.1.1, with LONG=1 3.17.1, 4.2.1 and 4.3 too.
. "$(dirname "$0")/lib.sh"
cpus=$(($(nproc) + 2))
for root in trixie ${LONG:+bookworm sid experimental}; do
	share $root
	absorb < <(machine --suite $root --cpus $cpus bash $inner/oci_dump.sh)
	absorb < <(machine --suite $root --cpus 2 bash $inner/oci_fit.sh)
	absorb < <(machine --suite $root --cpus 2 --cgroups v2 bash $inner/oci_v2.sh)
	if [ -w /sys/fs/cgroup/cpuset/cpuset.cpus ]; then
		absorb < <(here $root bash $inner/oci_fit.sh)
	else
		skip "runc restore on this machine's kernel" "no cpuset of cgroup v1 is mounted here"
	fi
	rm -rf "$share"
done
tap_end
