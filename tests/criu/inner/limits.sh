# SPDX-License-Identifier: GPL-2.0-only
# For scripts on a machine with cgroup v2 alone, sourced: the tree in the innermost of three groups, all with limits.
# shellcheck shell=bash
. /src/tests/criu/inner/lib.sh

top=/sys/fs/cgroup
nested="$group $group/in $group/in/deep"

# What is asked of each group, in that order: file, then the values.
limits="memory.max 209715200 104857600 52428800
memory.low 4096 4096 4096
cpu.weight 50 200 400
cpu.max 90000_100000 80000_100000 70000_100000
pids.max 300 200 100
memory.oom.group 1 1 1"

limit_groups() {
	local file outer middle inner g
	mkdir -p $top/"$group"/in/deep
	for g in "$group" "$group/in"; do echo "+cpu +memory +pids" >$top/"$g"/cgroup.subtree_control; done
	while read -r file outer middle inner; do
		echo "${outer/_/ }" >$top/"$group"/"$file"
		echo "${middle/_/ }" >$top/"$group"/in/"$file"
		echo "${inner/_/ }" >$top/"$group"/in/deep/"$file"
	done <<<"$limits"
	chown 1000:1001 $top/"$group"/in/deep $top/"$group"/in/deep/cgroup.procs
	chmod 0750 $top/"$group"/in/deep
}

start_inside() {
	tree start $tree
	for pid in $(pids); do echo "$pid" >$top/"$group"/in/deep/cgroup.procs; done
	remember_tree
}

# As in $limits, from the groups that are there.
limits_now() {
	local file _
	while read -r file _; do
		echo "$file $(for g in $nested; do cat $top/"$g"/"$file" 2>/dev/null || echo none; done |
			tr ' \n' '_ ' | sed 's/ $//')"
	done <<<"$limits"
}

inside() { [ "$(sort -u $top/"$group"/in/deep/cgroup.procs | wc -l)" -ge 4 ]; }

# Ends the tree and removes its groups, each if it is there.
clean_v2() {
	local g try
	tree stop $tree
	for g in $group/in/deep $group/in $group; do
		for try in $(seq 50); do
			[ -d $top/"$g" ] || break
			rmdir $top/"$g" 2>/dev/null || sleep 0.05
		done
	done
}
groups_left() { find $top/"$group" -type d 2>/dev/null | sort; }
