#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: faults.sh detached|namespace
# Restores in which a system call of the plugin, an allocation or a transfer fails: the restore is right, or it fails with
# the cause in the log, and nothing is left. faults_lib.sh says how.
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/faults_lib.sh

all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")
unified=/sys/fs/cgroup/unified/$group

# Not all tasks have groups of v2, so the checkpoint has all that are on this machine, of whoever runs beside: they are dropped.
prepare_host() {
	rm -f /share/report.json
	configure "view $1" "report /share/report.json" "log-level debug" <<-EOF
		cgroup_entry drop strangers
		cgroup_entry//properties[name="cpuset.cpus"] set value="$one"
		cgroup_entry fit
		core_entry.tc set exit_code=0
		core_entry affinity
		cgroup_entry prepare
		manage-cgroups soft
	EOF
}

run_criu() { "$@" criu restore -d -D $images -W $work -o restore.log -v4 --manage-cgroups; }

right() {
	[ "$(cpus)" = "$is_one" ] || echo not-rewritten
	tree check $tree >/dev/null 2>&1 || echo dead
	[ "$(open_files)" = "$(cat /share/open)" ] || echo descriptors
}

left() {
	[ ! -e "$cpuset/$group" ] || echo group
	[ ! -e "$unified" ] || echo prepared-group
	if pgrep -x tree >/dev/null; then echo tasks; fi
}

# Groups can be removed only when the last task is gone, which takes its time on a busy machine.
tidy() {
	local n
	for ((n = 0; n < 1000; n++)); do
		if clean && [ ! -e "$cpuset/$group" ] && { [ ! -e "$unified" ] || rmdir "$unified" 2>/dev/null; }; then break; fi
		sleep 0.05
	done
}

tree groups "$group" && mkdir "$unified" && tree start "$tree" "$group" && leader >"$unified/cgroup.procs"
open_files >/share/open
ok "a tree is dumped" dump
tree gone "$tree"
tidy
fail_all "view $1" "$1"
tap_end
