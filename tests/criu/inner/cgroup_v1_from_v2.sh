#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On cgroup v1 with 2 CPUs and 1 node: 50 groups that were dumped on v1 with 4 CPUs and 2 nodes, three deep; and what was
# dumped on v2, with limits that `capture` recorded.
. /src/tests/criu/inner/cgroup_lib.sh

# --- fewer CPUs, and nothing else ----------------------------------------------------
images=/share/images-spread
cp -r /share/tree-spread/. "$tree/"
d=$top/cpuset/$scope
remove_plugin
unconfigure
not_ok_if "without the plugin 50 groups of 4 CPUs do not restore" restore
ok "over CPUs that are not here" grep "Failed writing 0-3 to cpuset/.*Numerical result out of range" $log
not_ok_if "no task is there" test -e "/proc/$(leader)"
again
install_plugin
configure <<<'cgroup_entry fit'
ok "with fit alone they do" restore
ok "the tree lives" tree check "$tree"
is "$(find "$top/memory/$scope" -type d | wc -l)" 50 "50 groups"
is "$(values cpuset.cpus "$d" "$d/in" "$d/in/deep") $(values cpuset.mems "$d" "$d/in" "$d/in/deep")" "0-1 0-1 0-1  0 0 0 " \
	"CPUs and nodes are those of this machine"
is "$(places memory)$(places cpu)" "/$scope /$scope/in /$scope/in/deep /$scope /$scope/in /$scope/in/deep " \
	"each task in its group"
is "$(place_of_thread cpu) $(place_of_thread memory)" "/$scope/in /$scope" "and the thread in its own"
again
umount "$top"/rdma 2>/dev/null

# --- from v2 ------------------------------------------------------------------------------
images=/share/images-v2
cp -r /share/tree-v2/. "$tree/"

remove_plugin
unconfigure
ok "by itself CRIU restores, and mounts v2 beside v1 for it" restore
is "$(place "$(leader)" memory)" / "with no limit at all"
tree stop "$tree"
install_plugin
configure <<<'cgroup_entry recall
cgroup_entry convert
cgroup_entry fit'
ok "with recall, convert and fit it restores" restore
ok "the tree lives" tree check "$tree"
is "$(place "$(leader)" memory) $(place "$(leader)" cpu) $(place "$(leader)" cpuset)" "/pod/ct/in /pod/ct/in /pod/ct/in" \
	"in groups of v1"
is "$(cat "$(dir_of memory)/pod/ct/in/memory.limit_in_bytes")" 67108864 "with the limit of memory"
is "$(cat "$top/cpuset/pod/ct/in/cpuset.cpus")" 0-1 "the CPUs"
is "$(cat "$(dir_of cpu)/pod/ct/in/cpu.shares")" 2451 "and shares of the weight 200"
tree stop "$tree"
tap_end
