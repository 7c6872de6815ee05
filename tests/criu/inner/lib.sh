# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: dump and restore the tree of tests/lab/tree.c with real CRIU.
# /src is the project, /share holds rewrite.so, criu-rewrite and tree/ (see ../lib.sh).
# shellcheck shell=bash disable=SC2034
. /src/tests/tap.sh

tree=/share/tree
images=/share/images
work=/share/work
group=${GROUP:-crw}
cpuset=/sys/fs/cgroup/cpuset
log=$work/restore.log
nft=/src/tests/criu/inner/nft.py
mkdir -p "$work"

tree() {
	local action=$1
	shift
	sh /src/tests/lab/tree.sh "$action" "$@"
}

install_plugin() { install -D -m 755 /share/rewrite.so /usr/lib/criu/rewrite.so; }
remove_plugin() { rm -f /usr/lib/criu/rewrite.so; }

# The host's rules: from standard input, with more lines for rewrite.conf as arguments.
configure() {
	mkdir -p /etc/criu
	rm -f /etc/criu/test.rules
	cat >/etc/criu/test.rules
	printf '%s\n' "rules /etc/criu/test.rules" "$@" >/etc/criu/rewrite.conf
}
unconfigure() { rm -f /etc/criu/rewrite.conf /etc/criu/test.rules; }

leader() { sed -n 's/^leader //p' "$tree/pids"; }
# What `tree check` compares with.
remember_tree() {
	rm -f $tree/report
	kill -USR1 "$(leader)"
	until [ -e $tree/report ]; do sleep 0.05; done
	mv $tree/report $tree/report.start
}
pids() { sed 's/.* //' "$tree/pids"; }

# dump [OPTION...]: of the running tree, into $images
dump() {
	mkdir -p "$images"
	criu dump -t "$(leader)" -D "$images" -W "$work" -o dump.log -v4 --manage-cgroups "$@"
}

# restore [OPTION...]
restore() {
	criu restore -d -D "$images" -W "$work" -o restore.log -v4 --manage-cgroups "$@"
}

# Ends the tree and its groups, whatever state they are in.
clean() {
	if [ -e "$tree/pids" ]; then tree stop "$tree"; fi
	tree clean "$group"
}

sums() { (cd "$images" && sha256sum -- *.img); }
open_files() {
	for pid in $(pids); do
		for fd in /proc/"$pid"/fd/*; do
			echo "${fd##*/} $(readlink "$fd" | sed 's/:.*//')"
		done
	done
}
cpus() { tree cpus "$group" 2>/dev/null | sed "s,^$group,,"; }

# All that a restore could leave behind: mounts, and files outside of the share.
traces() {
	sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo
	ls -a /tmp /run /dev/shm /
}

# killed_after MICROSECONDS RESTORE...: the restore, killed when so much time has passed; says where it was
killed_after() {
	local time pid
	time=0.$(printf %06d "$1")
	shift
	rm -f $log
	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$time"
	pkill -9 -o -x criu
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	if [ ! -s $log ]; then
		echo before-the-plugin
	elif ! grep -q "rewrite: " $log; then
		echo in-the-plugin-or-before
	elif ! grep -q "Restore finished successfully" $log; then
		echo behind-the-plugin
	else
		echo ended
	fi
}

# Waits until no TCP connection is left of tasks that have ended: the kernel keeps its addresses from the next one, and goes on
# for minutes where the other side has not ended. In the network namespace that this is called in.
connections_end() {
	local n=0
	echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets
	echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries
	while awk '$10 == "0" { left = 1 } END { exit !left }' /proc/net/tcp && [ $n -lt 200 ]; do
		n=$((n + 1))
		sleep 0.05
	done
}
