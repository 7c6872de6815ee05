#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: cgroup_v1_dump.sh spread|leaf
# The tree in a session's groups of v1 controllers, and 50 groups in one of them; dumped.
#   spread  leader, child and grandchild on three levels, and a thread in another group than its task
#   leaf    all in the innermost
. /src/tests/criu/inner/cgroup_lib.sh
way=$1
images=/share/images-$way

fill $scope/in/deep
for c in $v1_controllers; do mkdir -p "$(dir_of $c)/$scope/in/deep"; done
while read -r g shares memory pids; do
	echo "$shares" >"$(dir_of cpu)/$scope/$g/cpu.shares"
	echo "$memory" >"$(dir_of memory)/$scope/$g/memory.limit_in_bytes"
	echo "$pids" >"$(dir_of pids)/$scope/$g/pids.max"
done <<END
. 512 64M 300
in 256 48M 200
in/deep 2048 32M 100
END
echo 50000 >"$(dir_of cpu)/$scope/cpu.cfs_quota_us"
for i in $(seq 47); do
	mkdir "$(dir_of memory)/$scope/in/deep/g$i"
	echo "${i}M" >"$(dir_of memory)/$scope/in/deep/g$i/memory.limit_in_bytes"
done
if [ "$way" = spread ] && grep -q '^rdma.*1$' /proc/cgroups; then
	mkdir $top/rdma
	mount -t cgroup -o rdma rdma $top/rdma
	mkdir -p $top/rdma/$scope
fi

tree start "$tree" >/dev/null
while read -r who pid; do
	case $way$who in
	leaf* | spreadgrandchild) g=/in/deep ;;
	spreadchild) g=/in ;;
	*) g= ;;
	esac
	for c in $v1_controllers; do echo "$pid" >"$(dir_of $c)/$scope$g/cgroup.procs"; done
done <"$tree/pids"
if [ -d $top/rdma ]; then for p in $(pids); do echo "$p" >$top/rdma/$scope/cgroup.procs; done; fi
[ "$way" = leaf ] || thread >/share/thread
[ "$way" = leaf ] || echo "$(thread)" >"$(dir_of cpu)/$scope/in/tasks"
ask_first
ok "a tree in a session's groups ($way) is dumped" dump
is "$(find "$(dir_of memory)/$scope" -type d | wc -l)" 50 "with 50 groups in one hierarchy"
cp -r "$tree" "/share/tree-$way"
tap_end
