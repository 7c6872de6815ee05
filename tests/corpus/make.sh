#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: make.sh DIR [TOPIC...]
# Dumps real processes with this system's CRIU, as root, into DIR/TOPIC each, and says which kinds of images that
# gave, which it did not, and which topics the kernel or CRIU refused. Needs criu and a C compiler with a static libc.
#	tests/lab/enter.sh --share DIR trixie /src/tests/corpus/make.sh /share
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: make.sh DIR [TOPIC...]" >&2; exit 2; }
mkdir -p "$1" || exit 1
dir=$(cd "$1" && pwd)
shift

# topic, options of criu dump for it
topics="threads
signals
timers
limits
family
seccomp
memory
ghosts --ghost-limit 8M
files
locks --file-locks
pipes
events
inotify --force-irmap
fanotify
pidfds
terminals
bpf
unix
inet
tcp --tcp-established --network-lock skip
packet
netlink
sysv
cgroups --manage-cgroups=full
container --network-lock skip
timens
userns --network-lock skip
autofs
pidns --external pid[%pid]:outer
incremental
cpuinfo"
[ $# -eq 0 ] || topics=$(printf '%s\n' "$topics" | grep -E "^($(echo "$*" | tr ' ' '|'))( |$)")

command -v criu >/dev/null || { echo "SKIP: there is no criu"; exit 77; }
work=$(mktemp -d /tmp/corpus.XXXXXX)
pids=
# Only what was started here.
trap 'for pid in $pids; do kill -9 "$pid" 2>/dev/null; done; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
subject=$work/subject
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O1 -static -pthread -o "$subject" "$here/subject.c" || exit 1

# start TOPIC: sets $pid to the process to dump, fails when the kernel does not let it be set up.
start() {
	mkdir -p "$work/$1"
	"$subject" "$work/$1/ready" "$1" </dev/null >"$work/$1/log" 2>&1 &
	starter=$!
	pids="$pids $starter"
	for _ in $(seq 100); do
		[ ! -e "$work/$1/ready" ] || { pid=$(cat "$work/$1/ready"); pids="$pids $pid"; return 0; }
		kill -0 "$starter" 2>/dev/null || break
		sleep 0.02
	done
	echo "# $1 cannot be set up: $(tail -n 1 "$work/$1/log")"
	return 1
}

# finish: ends what start has started.
finish() {
	kill -9 "$pid" "$starter" 2>/dev/null
	wait "$starter" 2>/dev/null
	for group in /sys/fs/cgroup/*/"corpus-$starter"; do
		[ ! -d "$group" ] || rmdir "$group/below" "$group"
	done
}

# why LOG: the error that ended CRIU. That it may not raise its own limit, it survives.
why() {
	grep Error "$1" | grep -v RLIMIT_NOFILE | head -n 1
}

# dump TOPIC OPTION...
dump() {
	into=$dir/$1
	topic=$1
	shift
	rm -rf "$into"
	mkdir -p "$into"
	if ! timeout 20 criu dump -t "$pid" -D "$into" -o dump.log -v2 "$@" >/dev/null 2>&1; then
		echo "# $topic cannot be dumped: $(why "$into/dump.log")"
		mv "$into/dump.log" "$dir/$topic.log"
		rm -rf "$into"
		return 1
	fi
	rm -f "$into/dump.log"
}

# A series: what has not changed since stands in the parent. The first pass also writes irmap-cache.
incremental() {
	start inotify || return
	first=$dir/incremental-1
	rm -rf "$first" "$dir/incremental"
	mkdir -p "$first"
	if timeout 60 criu pre-dump -t "$pid" -D "$first" -o dump.log --track-mem --force-irmap >/dev/null 2>&1; then
		rm -f "$first/dump.log"
		dump incremental --track-mem --prev-images-dir ../incremental-1 --force-irmap
	else
		echo "# incremental cannot be dumped: $(why "$first/dump.log")"
		rm -rf "$first"
	fi
	finish
}

cpuinfo() {
	mkdir -p "$dir/cpuinfo"
	criu cpuinfo dump -D "$dir/cpuinfo" -o dump.log >/dev/null 2>&1 || rm -rf "$dir/cpuinfo"
	rm -f "$dir/cpuinfo/dump.log"
}

printf '%s\n' "$topics" | { while read -r topic options; do
	case $topic in incremental | cpuinfo) "$topic"; continue ;; esac
	start "$topic" || continue
	# Of a namespace CRIU wants the inode.
	inode=$(stat -L -c %i "/proc/$pid/ns/pid")
	# shellcheck disable=SC2086
	dump "$topic" $(printf '%s' "$options" | sed "s/%pid/$inode/")
	finish
done; }
"$here/kinds.sh" "$dir"
