# SPDX-License-Identifier: GPL-2.0-only
# For the scripts about the verbs of cgroups, sourced: the tree in a session's groups, three deep, in several hierarchies.
# shellcheck shell=bash
. /src/tests/criu/inner/lib.sh

top=/sys/fs/cgroup
scope=user.slice/session-2.scope
v1_controllers="cpuset cpu cpuacct memory pids systemd"

# The directory where a controller of v1 is mounted, alone or with others.
dir_of() {
	local d
	for d in "$top"/*; do
		case ,${d##*/}, in *,"$1",*) echo "$d" && return ;; esac
	done
}

pid_of() { sed -n "s/^$1 //p" "$tree/pids"; }
# Where a task is: place PID CONTROLLER, "" for v2
place() { awk -F: -v c="$2" '{ n = split($2, names, ","); for (i = 0; i <= n; i++) if (names[i] == c || $2 == c) { print $3; exit } }' "/proc/$1/cgroup"; }
places() { for who in leader child grandchild; do place "$(pid_of $who)" "$1"; done | tr '\n' ' '; }
# A thread that is not its task's first.
thread() { ls "/proc/$(pid_of threaded)/task" | grep -vx "$(pid_of threaded)" | head -n 1; }
# Where the thread of the dump is that is in a group of its own.
place_of_thread() { place "$(pid_of threaded)/task/$(cat /share/thread)" "$1"; }
values() { local file=$1 d; shift; for d; do cat "$d/$file" 2>/dev/null || echo none; done | tr '\n' ' '; }

# cpusets of v1 are empty when they are made.
fill() {
	local path=$top/cpuset part
	for part in $(echo "$1" | tr / ' '); do
		path=$path/$part
		mkdir -p "$path"
		[ -n "$(cat "$path/cpuset.cpus")" ] || cat "$top/cpuset/cpuset.cpus" >"$path/cpuset.cpus"
		[ -n "$(cat "$path/cpuset.mems")" ] || cat "$top/cpuset/cpuset.mems" >"$path/cpuset.mems"
	done
}

# What `tree check` compares with.
ask_first() {
	rm -f "$tree/report"
	kill -USR1 "$(leader)"
	until [ -e "$tree/report" ]; do sleep 0.05; done
	mv "$tree/report" "$tree/report.start"
}

remove_groups() { # DIRECTORY...: each, with what is below
	local g try
	for g in $(find "$@" -depth -type d 2>/dev/null); do
		for try in $(seq 50); do rmdir "$g" 2>/dev/null && break || sleep 0.02; done
	done
}
again() {
	if [ -e "/proc/$(leader)" ]; then tree stop "$tree"; fi
	remove_groups "$top"/*/user.slice "$top"/user.slice "$top"/*/slurm "$top"/slurm
}
