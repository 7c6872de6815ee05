#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tree of tree.c in nested cgroups of the cpuset controller:
#   /GROUP leader, threaded      /GROUP/in child      /GROUP/in/deep grandchild
# On cgroup v2 all of it is in /GROUP/in/deep, for there a group that hands controllers on cannot hold processes.
# usage: tree.sh build DIR            DIR/tree, linked statically, so that one file serves every suite
#        tree.sh groups GROUP [CPUS]  makes the groups, with CPUS (default: all of the machine) in each
#        tree.sh start DIR [GROUP]    runs it, pids from 5001 on; in the groups, if GROUP is given
#        tree.sh check DIR            fails unless all of it lives, its memory being the one it started with
#        tree.sh stop DIR             kills it and waits until its pids are free
#        tree.sh cpus GROUP           prints the CPUs of the three groups, one a line: PATH CPUS
#        tree.sh clean GROUP          removes the groups
set -eu

die() { echo "tree: $*" >&2; exit 1; }

action=${1-}
[ $# -ge 2 ] || die "usage: see the head of $0"
name=$2

cgroup=/sys/fs/cgroup
if [ -d $cgroup/cpuset ]; then cgroup=$cgroup/cpuset v2=; else v2=1; fi

nested() { echo "$1" "$1/in" "$1/in/deep"; }

gone() {
	# shellcheck disable=SC2046 # they are numbers
	"$(dirname "$0")/ended" $(sed 's/.* //' "$name/pids")
}

# The leader's answer, in a file of its own.
ask() {
	rm -f "$name/report"
	kill -USR1 "$(sed -n 's/^leader //p' "$name/pids")" 2>/dev/null || die "the leader is not there"
	n=0
	until [ -e "$name/report" ]; do
		n=$((n + 1))
		[ $n -lt 200 ] || die "no answer within 10 s: not all of the tree lives"
		sleep 0.05
	done
	mv "$name/report" "$1"
}

case $action in
build)
	mkdir -p "$name"
	gcc -O2 -static -pthread -D_GNU_SOURCE -o "$name/tree" "$(dirname "$0")/tree.c"
	;;
groups)
	cpus=${3:-$(cat $cgroup/cpuset.cpus $cgroup/cpuset.cpus.effective 2>/dev/null | head -n 1)}
	mems=$(cat $cgroup/cpuset.mems $cgroup/cpuset.mems.effective 2>/dev/null | head -n 1)
	for group in $(nested "$name"); do
		mkdir $cgroup/"$group"
		echo "$cpus" >$cgroup/"$group"/cpuset.cpus
		echo "$mems" >$cgroup/"$group"/cpuset.mems
		[ -z "$v2" ] || [ "${group%deep}" != "$group" ] || echo +cpuset >$cgroup/"$group"/cgroup.subtree_control
	done
	;;
start)
	group=${3-}
	# Numbers that are free on the machine of the restore too.
	echo 4999 >/proc/sys/kernel/ns_last_pid
	# No capabilities: a checkpoint with one that the next machine withholds could not be restored there.
	setpriv --bounding-set -all --inh-caps -all "$name/tree" "$(cd "$name" && pwd)" || die "did not start"
	[ -n "$group" ] || exit 0
	while read -r who pid; do
		case $v2$who in
		1*) echo "$pid" >$cgroup/"$group"/in/deep/cgroup.procs ;;
		child) echo "$pid" >$cgroup/"$group"/in/cgroup.procs ;;
		grandchild) echo "$pid" >$cgroup/"$group"/in/deep/cgroup.procs ;;
		*) echo "$pid" >$cgroup/"$group"/cgroup.procs ;;
		esac
	done <"$name/pids"
	ask "$name/report.start"
	;;
check)
	ask "$name/report.1"
	ask "$name/report.2"
	[ "$(sed 1q "$name/report.start")" = "$(sed 1q "$name/report.1")" ] || die "its memory is not the one it started with"
	cat "$name/report.start" "$name/report.1" "$name/report.2" | awk '
		$1 == "nonce" { next }
		$1 in last && $2 <= last[$1] { print "tree: " $1 " stands still" > "/dev/stderr"; bad = 1 }
		{ last[$1] = $2 }
		END { exit bad }'
	;;
stop)
	kill -KILL "$(sed -n 's/^leader //p' "$name/pids")" 2>/dev/null || :
	gone
	;;
gone) gone ;;
cpus)
	for group in $(nested "$name"); do
		echo "$group $(cat $cgroup/"$group"/cpuset.cpus)"
	done
	;;
clean)
	# rmdir of a group that a dying process has not quite left is busy.
	for group in "$name/in/deep" "$name/in" "$name"; do
		n=0
		while [ -d $cgroup/"$group" ] && ! rmdir $cgroup/"$group" 2>/dev/null; do
			n=$((n + 1))
			[ $n -lt 100 ] || die "cannot remove $group"
			sleep 0.05
		done
	done
	;;
*) die "unknown action '$action'" ;;
esac
