#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: kill.sh N
# N restores that prepare groups and rewrite images, in each view by turns, most of which are killed.
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/kill_lib.sh

all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")
unified=/sys/fs/cgroup/unified/$group

groups() { find /sys/fs/cgroup -path "*/$group*" -type d; }

# What a killed criu has left to whoever comes next: tasks that are half there, and groups.
tidy() {
	local dir n
	# Of this pid namespace, in which nothing else is called so.
	pkill -9 -x 'criu|tree'
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		for dir in $(groups); do
			# shellcheck disable=SC2046
			kill -9 $(cat "$dir/cgroup.procs") 2>/dev/null
		done
		groups | sort -r | xargs -r rmdir 2>/dev/null
		[ -n "$(groups)" ] || break
		sleep 0.05
	done
	tree gone $tree
}

use() { # VIEW
	configure "view $1" <<-EOF
		cgroup_entry drop strangers
		cgroup_entry//properties[name="cpuset.cpus"] set value="$one"
		cgroup_entry fit
		core_entry affinity
		cgroup_entry prepare
	EOF
}

before() {
	case $(($1 % 2)) in 0) use detached ;; *) use namespace ;; esac
}
attempt() { restore; }

judge() {
	[ "$(cpus)" = "$is_one" ] || echo " $1:cpus"
	tree check $tree >/dev/null 2>&1 || echo " $1:dead"
}

# What is there of CRIU and of the plugin when it was killed and what it had begun has been removed.
left() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		pgrep -x criu >/dev/null || break
		pkill -9 -x criu
		sleep 0.05
	done
	traces | grep -v cgyard
	pgrep -a criu
	groups
}

tree groups "$group" && mkdir "$unified" && tree start "$tree" "$group" && leader >"$unified/cgroup.procs"
ok "a tree is dumped" dump
tree gone "$tree"
tidy
sums >/share/sums
install_plugin
use auto
restore
ok "a restore prepares and rewrites" grep -q "rewrite: host: v2:/$group group (none) -> made" $log
tidy
left >/share/left
kill_restores "$1" ""
tap_end
