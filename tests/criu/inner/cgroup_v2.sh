#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On cgroup v2 alone: checkpoints of v1 and of a hybrid machine come here; then one is made for v1, in a cgroup namespace.
. /src/tests/criu/inner/cgroup_lib.sh
rules='cgroup_entry convert
cgroup_entry fit
cgroup_entry prepare'
s=$top/$scope

# As on any host with v2, somebody uses the controllers; else CRIU would take them away from v2.
mkdir $top/held

# --- from a hybrid machine, all tasks in the innermost group -------------------------
images=/share/images-leaf
cp -r /share/tree-leaf/. "$tree/"
remove_plugin
unconfigure
not_ok_if "without the plugin the restore fails" restore
ok "over a controller of v1" grep "Can't mount controller dir" $log
again
install_plugin
configure <<<"$rules"
ok "with convert, fit and prepare it restores" restore
ok "the tree lives" tree check "$tree"
# Of the groups above, CRIU's checkpoint says nothing.
is "$(values cpu.weight "$s" "$s/in" "$s/in/deep")" "100 100 174 " "cpu.weight"
is "$(values memory.max "$s/in" "$s/in/deep")" "max 33554432 " "memory.max"
is "$(values pids.max "$s/in" "$s/in/deep")" "max 100 " "pids.max"
is "$(cat "$s/in/deep/cpuset.cpus")" 0-1 "cpuset.cpus"
is "$(places "")" "/$scope/in/deep /$scope/in/deep /$scope/in/deep " "every task in its group"
is "$(find "$s" -type d | wc -l)" 50 "50 groups"
ok "the log says what became of a value" grep "rewrite: cgroup.img: cpu:/$scope/in/deep cpu.shares 2048 -> cpu.weight 174" $log
again

# --- from v1, tasks on every level -----------------------------------------------------
images=/share/images-spread
cp -r /share/tree-spread/. "$tree/"
remove_plugin
unconfigure
not_ok_if "without the plugin a checkpoint of v1 with tasks on every level does not restore" restore
ok "over a controller of v1" grep "Can't mount controller dir" $log
not_ok_if "no task is there" test -e "/proc/$(leader)"
again
install_plugin
configure <<<"$rules"
ok "a checkpoint of v1 with tasks on every level restores" restore
ok "the tree lives" tree check "$tree"
is "$(cat "$s/memory.max" "$s/cpu.weight" "$s/cpu.max" | tr '\n' ' ')" "67108864 59 50000 100000 " "with the limits of the outermost group"
is "$(places "")" "/$scope /$scope/in /$scope/in/deep " "each task in its group"
is "$(place_of_thread "")" "/$scope" "and the thread, which v1 had in another, in its task's"
ok "which the log says" grep "rewrite: cgroup.img: v2 threads 1 in another group than the task -> in their task's" $log
ok "the log says which limits were lost" grep "a group above has tasks" $log
again

# --- a namespace, and a checkpoint for v1 -------------------------------------------------
mkdir -p $top/pod/ct/in
for g in pod pod/ct; do echo "+cpu +memory +pids +cpuset" >$top/$g/cgroup.subtree_control; done
echo 0-1 >$top/pod/ct/in/cpuset.cpus
echo 64M >$top/pod/ct/in/memory.max
echo 200 >$top/pod/ct/in/cpu.weight
echo 100 >$top/pod/ct/pids.max
# The group of pid 1, which is the host's root, as a task in the namespace sees it.
root_from_inside() { nsenter -C -t "$(leader)" grep '^0::' /proc/1/cgroup; }
images=/share/images-v2
unconfigure
tree=/share/tree
(
	echo $BASHPID >$top/pod/ct/in/cgroup.procs
	exec unshare -C sh /src/tests/lab/tree.sh start "$tree"
) >/dev/null
ask_first
configure <<<'when stage == "dump" {
	cgroup_entry capture
}'
ok "a tree in a namespace on v2 is dumped, limits and all" dump
cp -r "$tree" /share/tree-v2
tree gone "$tree"
remove_groups $top/pod
unconfigure
remove_plugin
ok "without the plugin it restores" restore
is "$(places "")" "/pod/ct/in /pod/ct/in /pod/ct/in " "into the groups that it was dumped in"
is "$(root_from_inside)" "0::/../../.." "which are the namespace's root"
not_ok_if "and no others are there" test -e $top/new
is "$(values memory.max $top/pod/ct/in)$(values pids.max $top/pod/ct)" "none none " "without limits, nor the controllers for them"
tree stop "$tree"
remove_groups $top/pod
install_plugin
configure <<<'cgroup_entry move to "/new/place"'
ok "a namespace is moved" restore
is "$(places "")" "/new/place /new/place /new/place " "its tasks are elsewhere"
is "$(root_from_inside)" "0::/../.." "and so is its root"
not_ok_if "the old groups are not made" test -e $top/pod
ok "the tree lives" tree check "$tree"
ok "seen from inside nothing has changed" grep -q "0::/$" <(nsenter -C -t "$(leader)" cat "/proc/$(leader)/cgroup")
tree stop "$tree"
remove_groups $top/new
tap_end
