#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A checkpoint of an emulated machine with two CPUs more than this one has, restored by Debian 13's CRIU on this
# machine's own kernel.
. "$(dirname "$0")/lib.sh"

source_machine() {
	tree_start
	dump
}

refused() {
	assert_refused 'Numerical result out of range'
	assert_logged "to cpuset/$group/cpuset.cpus"
}

# All but the cpuset is restorable here: with values that fit, edited by hand, the tree lives.
edited() {
	local cpus
	cpus=$(cat /sys/fs/cgroup/cpuset/cpuset.cpus)
	crit decode -i /share/img/cgroup.img -o /share/cgroup.json
	sed -i "s/\"0-$1\"/\"$cpus\"/g" /share/cgroup.json
	crit encode -i /share/cgroup.json -o /share/img/cgroup.img
	assert_restores
	assert_alive
	assert_cpus "$cpus"
	tree_stop
}

main() {
	has_v1_cpuset || { echo "SKIP: this machine has no v1 cpuset mounted"; exit 77; }
	machine --suite trixie --cpus $(($(host_cpus) + 2)) -- source_machine
	here trixie refused
	here trixie edited $(($(host_cpus) + 1))
}

run "$@"
