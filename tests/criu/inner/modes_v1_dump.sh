#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with v1: the tree in a sub-group of its own in every hierarchy.
. /src/tests/criu/inner/modes.lib.sh

unconfigure
tree start $tree
for h in /sys/fs/cgroup/*; do
	mkdir -p "$h/$group/in"
	for g in "$group" "$group/in"; do
		if [ -e "$h/$g/cpuset.cpus" ]; then
			cat "$h/cpuset.cpus" >"$h/$g/cpuset.cpus"
			cat "$h/cpuset.mems" >"$h/$g/cpuset.mems"
		fi
		if [ -e "$h/$g/memory.limit_in_bytes" ]; then echo 512M >"$h/$g/memory.limit_in_bytes"; fi
	done
	for pid in $(pids); do echo "$pid" >"$h/$group/in/cgroup.procs"; done
	# CRIU saves groups of tasks and what is below them: the outer one has a task too.
	leader >"$h/$group/cgroup.procs"
done
ok "dump of a tree with a group in every hierarchy" dump
tree gone $tree
remove_groups /sys/fs/cgroup/*/"$group"
tap_end
