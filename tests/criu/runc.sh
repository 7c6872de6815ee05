#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job through runc, as containerd and Docker do it: on emulated machines, from cgroup v1 to v2, and on this
# machine's kernel.
. "$(dirname "$0")/lib.sh"
share trixie
cpus=$(($(nproc) + 2))
absorb < <(machine --suite trixie --cpus $cpus bash $inner/oci_dump.sh)
absorb < <(machine --suite trixie --cpus 2 bash $inner/oci_fit.sh)
absorb < <(machine --suite trixie --cpus 2 --cgroups v2 bash $inner/oci_v2.sh)
if [ -w /sys/fs/cgroup/cpuset/cpuset.cpus ]; then
	absorb < <(here trixie bash $inner/oci_fit.sh)
else
	skip "runc restore on this machine's kernel" "no cpuset of cgroup v1 is mounted here"
fi
tap_end
