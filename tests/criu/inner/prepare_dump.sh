#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with v1: the tree in the innermost of three groups, in the hierarchies that have limits and in that which freezes.
. /src/tests/criu/inner/lib.sh

unconfigure
remove_plugin
tree start $tree
remember_tree
for h in memory pids cpu freezer; do
	dir=/sys/fs/cgroup/$h/$group/in/deep
	mkdir -p $dir
	for pid in $(pids); do echo "$pid" >$dir/cgroup.procs; done
done
echo 52428800 >/sys/fs/cgroup/memory/"$group"/in/deep/memory.limit_in_bytes
echo 100 >/sys/fs/cgroup/pids/"$group"/in/deep/pids.max
echo 512 >/sys/fs/cgroup/cpu/"$group"/in/deep/cpu.shares
frozen=/sys/fs/cgroup/freezer/$group/in/deep
echo FROZEN >$frozen/freezer.state
ok "dump of a frozen tree in nested v1 groups" dump --freeze-cgroup $frozen
echo THAWED >$frozen/freezer.state
tap_end
