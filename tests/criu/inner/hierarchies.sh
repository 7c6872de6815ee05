# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: groups of the script's own in every hierarchy, named $around. CRIU saves
# the groups around and below a task's in every hierarchy, whether it is mounted or not; so the host's do not count.
#   each_hierarchy enter   makes them, and the script is in them
#   each_hierarchy leave   and is out of them again, and they are gone
# shellcheck shell=bash disable=SC2154

each_hierarchy() { # FUNCTION, which is called in the hierarchy's root
	local lines line names at=/run/hierarchy
	mkdir -p $at
	mapfile -t lines </proc/self/cgroup
	for line in "${lines[@]}"; do
		names=${line#*:} names=${names%%:*}
		if [ -n "$names" ]; then mount -t cgroup -o "$names" cgroup $at; else mount -t cgroup2 cgroup $at; fi &&
			cd $at && $1 && cd / && umount $at || return
	done
}
enter() {
	mkdir "$around" || return
	for file in cpuset.cpus cpuset.mems; do
		[ ! -e $file ] || cat $file >"$around/$file" || return
	done
	echo $$ >"$around/cgroup.procs"
}
leave() {
	local tries
	echo $$ >cgroup.procs
	for tries in {1..100}; do
		find "$around"* -depth -type d -exec rmdir {} + 2>/dev/null && return
		sleep 0.05
	done
	echo "$around stays in $line after $tries tries" >&2
}
