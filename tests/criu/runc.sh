#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same through runc, as containerd, Podman and Docker do it: a container that has made a cgroup of its own below
# the one that runc gave it. runc makes the outer one anew at restore, CRIU the inner one.
. "$(dirname "$0")/lib.sh"

cpuset=/sys/fs/cgroup/cpuset
out=/share/bundle/rootfs/out

bundle() {
	build
	"$lab/bundle.sh" /share "$group"
}

source_machine() {
	runc run -d -b /share/bundle "$group"
	until [ -e $out/pids ]; do sleep 0.1; done
	mkdir "$cpuset/$group/sub"
	cat $cpuset/cpuset.cpus >"$cpuset/$group/sub/cpuset.cpus"
	cat $cpuset/cpuset.mems >"$cpuset/$group/sub/cpuset.mems"
	# All but the leader, which is the first in the list.
	for pid in $(tail -n +2 "$cpuset/$group/cgroup.procs"); do
		echo "$pid" >"$cpuset/$group/sub/cgroup.procs"
	done
	report start
	runc checkpoint --image-path /share/img --work-path /share/work "$group" ||
		fail "runc checkpoint: $(tail -n 20 /share/work/dump.log)"
}

report() {
	rm -f $out/report
	runc kill "$group" USR1
	until [ -e $out/report ]; do sleep 0.1; done
	mv $out/report "/share/report.$1"
}

runc_restore() { timeout -k 5 60 runc restore -d -b /share/bundle --image-path /share/img --work-path /share/work "$group"; }

same_size() {
	runc_restore || fail "runc restore: $(grep Error /share/work/restore.log)"
	report 1
	[ "$(sed 1q /share/report.start)" = "$(sed 1q /share/report.1)" ] || fail "its memory is not the one it started with"
	[ "$(cat "$cpuset/$group/sub/cpuset.cpus")" = "$(cat $cpuset/cpuset.cpus)" ] || fail "wrong CPUs"
	runc delete -f "$group"
}

refused() {
	if runc_restore; then fail "runc restore succeeded"; fi
	grep -F "Failed writing $1 to cpuset//$group/sub/cpuset.cpus: Numerical result out of range" /share/work/restore.log ||
		fail "restore.log: $(grep Error /share/work/restore.log)"
}

main() {
	local more=$(($(host_cpus) + 2))
	here trixie bundle
	machine --suite trixie --cpus $more -- source_machine
	machine --suite trixie --cpus $more -- same_size
	machine --suite trixie --cpus 2 -- refused 0-$((more - 1))
	if has_v1_cpuset; then here trixie refused 0-$((more - 1)); fi
}

run "$@"
