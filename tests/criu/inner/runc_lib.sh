# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: the tree as a container of runc, with part of it in a cgroup of
# its own below the one that runc gives the container. runc makes the outer group anew at restore, CRIU the inner one.
# shellcheck shell=bash disable=SC2034
. /src/tests/criu/inner/lib.sh

group=${GROUP:-crw-container}
bundle=$tree/bundle
out=$bundle/rootfs/out
log=$work/restore.log

# What the leader says of itself goes to /share/report.NAME.
report() { # NAME
	local n=0
	rm -f $out/report
	runc kill "$group" USR1
	until [ -e $out/report ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.1
	done
	mv $out/report "/share/report.$1"
}

runc_restore() {
	timeout -k 5 60 runc restore -d -b $bundle --image-path $images --work-path $work "$group" </dev/null
}

runc_clean() {
	runc delete -f "$group" >/dev/null 2>&1
	find /sys/fs/cgroup/*/"$group" -depth -type d -exec rmdir {} + 2>/dev/null
	return 0
}

same_memory() { [ "$(sed 1q /share/report.start)" = "$(sed 1q /share/report.1)" ]; }
