#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the kernel compares a group with: its parent, that one's parent, and its sisters. The groups of a checkpoint want more
# than there is; this kernel refuses that, and takes what `fit` makes of it, value by value.
. /src/tests/criu/inner/cgroup_lib.sh

program=/share/criu-rewrite
base=$group-judges
dir=$(dir_of cpu)
cd /tmp || exit

# checkpoint PROPERTY=VALUE...: with /BASE/job that has them, and two groups in it that have them or what $inside says
property() { printf '{"name": "%s", "value": "%s"}' "${1%%=*}" "${1#*=}"; }
properties() { local sep='' p; for p; do printf '%s' "$sep"; property "$p"; sep=', '; done; }
checkpoint() {
	rm -rf dump && mkdir dump
	# shellcheck disable=SC2086 # words
	printf '{"magic": "CGROUP", "entries": [{"sets": [{"id": 2, "ctls": [{"name": "cpu", "path": "/%s/job"}]}],
		"controllers": [{"cnames": ["cpu"], "dirs": [{"dir_name": "%s/job", "children": [
		{"dir_name": "a", "children": [], "properties": [%s]},
		{"dir_name": "b", "children": [], "properties": [%s]}], "properties": [%s]}]}]}]}' \
		"$base" "$base" "$(properties ${inside:-"$@"})" "$(properties ${inside:-"$@"})" "$(properties "$@")" | $program encode -o dump/cgroup.img
}

# try DIR: makes the groups and writes their values as CRIU does, parents first; "REFUSED of ALL" by the kernel
try() {
	local refused=0 all=0 where g at name value
	for g in "" /a /b; do
		at=$dir/$base/job$g
		mkdir -p "$at"
		where='cgroup_entry.controllers.dirs'
		[ -z "$g" ] || where="$where.children[dir_name=\"${g#/}\"]"
		while read -r name value; do
			all=$((all + 1))
			{ echo "$value" >"$at/$name"; } 2>/dev/null || refused=$((refused + 1))
		done < <($program get "$1" "$where.properties" | sed 's/^name="\(.*\)" value="\(.*\)"$/\1 \2/')
	done
	rmdir "$dir/$base/job/a" "$dir/$base/job/b" "$dir/$base/job"
	sleep 0.2
	echo "$refused of $all"
}

fits() { # NAME PROPERTY=VALUE...
	local name=$1
	shift
	checkpoint "$@"
	not_ok_if "$name: the kernel refuses what the checkpoint says" test "$(try dump)" = "0 of $((3 * $#))"
	rm -rf fitted
	ok "$name: is fitted" $program apply -q --rules - -o fitted dump <<<"cgroup_entry fit"
	is "$(try fitted)" "0 of $((3 * $#))" "$name: and then taken, all of it"
}

mkdir -p "$dir/$base/sister"
echo 50000 >"$dir/$base/cpu.cfs_quota_us"
fits "a quota" cpu.cfs_period_us=100000 cpu.cfs_quota_us=80000
fits "a quota of another period" cpu.cfs_period_us=33333 cpu.cfs_quota_us=20000
[ ! -e "$dir/$base/cpu.cfs_burst_us" ] ||
	fits "a burst" cpu.cfs_period_us=100000 cpu.cfs_quota_us=80000 cpu.cfs_burst_us=70000
echo -1 >"$dir/$base/cpu.cfs_quota_us"

# Of a group that was removed the kernel keeps the share for a moment.
set_share() { # FILE VALUE
	local n
	for n in $(seq 50); do { echo "$2" >"$1"; } 2>/dev/null && return; sleep 0.1; done
	return 1
}
half() { inside="cpu.rt_period_us=$1 cpu.rt_runtime_us=$2"; }
if [ -e "$dir/$base/cpu.rt_runtime_us" ] && set_share "$dir/$base/cpu.rt_runtime_us" 90000; then
	half 1000000 50000
	fits "a share of realtime" cpu.rt_period_us=1000000 cpu.rt_runtime_us=100000
	ok "a sister gets most of it" set_share "$dir/$base/sister/cpu.rt_runtime_us" 60000
	half 1000000 20000
	fits "a share of realtime beside a sister" cpu.rt_period_us=1000000 cpu.rt_runtime_us=40000
	half 500000 10000
	fits "a share of another period" cpu.rt_period_us=500000 cpu.rt_runtime_us=20000
else
	skip "shares of realtime" "this kernel has none for groups"
fi
rmdir "$dir/$base/sister" "$dir/$base"
tap_end
