#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs: a container of an OCI runtime, pinned to them, is checkpointed.
. /src/tests/criu/inner/oci_lib.sh

cpus=$(cat $cpuset/cpuset.cpus)
start_container() {
	local n=0
	pin "$cpus" || return
	"$runtime" run -d -b $bundle "$group" </dev/null >"/share/$runtime.out" 2>&1 || return
	until [ -e $out/pids ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.1
	done
}

# All but the leader, which is the first in the list.
into_sub_group() {
	mkdir "$cpuset/$group/sub" &&
		echo "$cpus" >"$cpuset/$group/sub/cpuset.cpus" &&
		cat $cpuset/cpuset.mems >"$cpuset/$group/sub/cpuset.mems" || return
	for pid in $(tail -n +2 "$cpuset/$group/cgroup.procs"); do
		echo "$pid" >"$cpuset/$group/sub/cgroup.procs" || return
	done
}

ok "a container of $runtime starts" start_container
is "$(cat "$cpuset/$group/cpuset.cpus")" "$cpus" "pinned by $runtime"
ok "part of it goes to a group of its own" into_sub_group
ok "it answers" report start
ok "$runtime checkpoint" "$runtime" checkpoint --image-path $images --work-path $work "$group"
sums >/share/sums
oci_clean
tap_end
