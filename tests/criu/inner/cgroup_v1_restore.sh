#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What was dumped where cpu and cpuacct are apart, with rdma, 4 CPUs and 2 nodes; here they are together, without rdma,
# with 2 CPUs and 1 node.
. /src/tests/criu/inner/cgroup_lib.sh
images=/share/images-spread
cp -r /share/tree-spread/. "$tree/"
other=/user.slice/session-7.scope
rules='cgroup_entry regroup
cgroup_entry drop absent
cgroup_entry fit'

# --- before --------------------------------------------------------------------
remove_plugin
unconfigure
not_ok_if "without the plugin the restore fails" restore
ok "over controllers that are mounted together here" grep "Can't mount controller dir" $log
again
install_plugin
configure <<<"cgroup_entry regroup
cgroup_entry fit"
not_ok_if "regroup alone does not help" restore
ok "where a controller is absent" grep "Can't mount controller dir .*/rdma" $log
again
configure <<<"cgroup_entry regroup
cgroup_entry drop absent"
not_ok_if "nor does drop absent" restore
ok "where CPUs and nodes are" grep "Failed writing .* to cpuset/.*Numerical result out of range" $log
again

# --- regroup, drop absent, fit ----------------------------------------------------
configure <<<"$rules"
ok "with regroup, drop absent and fit it restores" restore
ok "the tree lives" tree check "$tree"
d=$(dir_of cpu)/$scope
is "$(values cpu.shares "$d" "$d/in" "$d/in/deep")" "512 256 2048 " "cpu.shares of the three levels"
is "$(cat "$d/cpu.cfs_quota_us")" 50000 "and the quota"
d=$top/cpuset/$scope
is "$(values cpuset.cpus "$d" "$d/in" "$d/in/deep") $(values cpuset.mems "$d" "$d/in" "$d/in/deep")" "0-1 0-1 0-1  0 0 0 " \
	"CPUs and nodes are those of this machine"
d=$top/memory/$scope
is "$(values memory.limit_in_bytes "$d" "$d/in" "$d/in/deep" "$d/in/deep/g47")" "67108864 50331648 33554432 49283072 " \
	"limits of memory"
is "$(find "$d" -type d | wc -l)" 50 "50 groups"
is "$(places cpu)$(places name=systemd)" "/$scope /$scope/in /$scope/in/deep /$scope /$scope/in /$scope/in/deep " \
	"each task in its group"
is "$(place_of_thread cpu)" "/$scope/in" "and the thread in its own"
ok "the log says what was dropped" grep "rewrite: cgroup.img: rdma controller rdma -> .*not on this host" $log

# --- a checkpoint that this machine made -------------------------------------------
# From another session, a SLURM step; without rules, then with `move` alone.
in_slurm() (
	fill slurm/job2
	for c in $v1_controllers; do
		mkdir -p "$(dir_of $c)/slurm/job2"
		echo $BASHPID >"$(dir_of $c)/slurm/job2/cgroup.procs"
	done
	"$@"
)
images=/share/images-here
unconfigure
ok "what was restored is dumped" dump
tree gone "$tree"
again
remove_plugin
fill user.slice # as on any host with sessions
ok "without the plugin it restores" in_slurm restore
is "$(places memory)$(places cpuset)$(places name=systemd)" "$(for _ in 1 2 3; do
	printf '%s ' "/$scope" "/$scope/in" "/$scope/in/deep"
done)" "into the session's scope that it was dumped in, not where criu is"
is "$(place_of_thread cpu) $(place_of_thread memory)" "/$scope/in /$scope" "and so does the thread"
again
install_plugin
fill user.slice
configure <<<'cgroup_entry move "/user.slice/session-*.scope" to "/user.slice/session-7.scope"'
ok "with move it restores" in_slurm restore
is "$(places memory)$(places cpuset)$(places name=systemd)" "$(for _ in 1 2 3; do
	printf '%s ' $other $other/in $other/in/deep
done)" "into another session's scope, with what was below"
is "$(place_of_thread cpu) $(place_of_thread memory)" "$other/in $other" "and so does the thread"
not_ok_if "the old one is not made" test -e "$top/memory/$scope"
ok "the tree lives" tree check "$tree"
again
configure <<<'cgroup_entry clear'
ok "with clear it restores" in_slurm restore
is "$(places memory)$(places cpuset)$(places name=systemd)" "$(for _ in 1 2 3 4 5 6 7 8 9; do printf '/slurm/job2 '; done)" \
	"into no group but criu's"
is "$(place_of_thread cpu) $(place_of_thread memory)" "/slurm/job2 /slurm/job2" "and so does the thread"
not_ok_if "and makes none" test -e "$top/memory/$scope"
again

# --- move, of the checkpoint from elsewhere -------------------------------------------
images=/share/images-spread
configure <<<"$rules
cgroup_entry move \"/user.slice/session-*.scope\" to \"$other\"
cgroup_entry fit"
ok "another session's scope" restore
is "$(places memory)" "$other $other/in $other/in/deep " "has the tasks, with what was below"
not_ok_if "the old one is not made" test -e "$top/memory/$scope"
is "$(cat $top/memory/user.slice/session-7.scope/in/memory.limit_in_bytes)" 50331648 "the values came along"
ok "the tree lives" tree check "$tree"
again

configure <<<"$rules
cgroup_entry move \"/user.slice/session-2.scope/in\" to \"/slurm/in\" controller memory
cgroup_entry fit"
ok "a part of the groups, of one controller" restore
is "$(places memory)$(places pids)" "/$scope /slurm/in /slurm/in/deep /$scope /$scope/in /$scope/in/deep " \
	"has its tasks elsewhere"
again

configure <<<"$rules
cgroup_entry move to own
cgroup_entry fit"
ok "to criu's own group" in_slurm restore
is "$(places memory)$(places cpuset)$(places name=systemd)" "$(for _ in 1 2 3; do
	printf '/slurm/job2 /slurm/job2/in /slurm/job2/in/deep '
done)" "the tasks are in it, and below"
ok "the tree lives" tree check "$tree"
again

# --- clear ---------------------------------------------------------------------------
for mode in soft strict none; do
	configure <<<"cgroup_entry clear
manage-cgroups $mode"
	ok "clear, with mode $mode" in_slurm restore
	is "$(places memory)$(places cpu)" "$(for _ in 1 2 3 4 5 6; do printf '/slurm/job2 '; done)" \
		"leaves the tasks where criu is"
	not_ok_if "and makes nothing" test -e "$top/memory/$scope"
	again
done
tap_end
