# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: the tree as a container of LXC. lxc-checkpoint makes the container's
# group anew at restore, and calls criu with --manage-cgroups=full and a --cgroup-root for each hierarchy.
# shellcheck shell=bash disable=SC2034
. /src/tests/criu/inner/container_lib.sh

ct=/var/lib/lxc/ct
payload=lxc.payload.ct
out=$ct/rootfs/out

# checkpoint NAME: the one that all of this is about from now on; where it is there already, with its container
checkpoint() {
	kept=/share/$1
	images=$kept/images reports=$kept
	mkdir -p "$kept" ${ct%/*}
	if [ -d "$kept/ct" ]; then
		rm -rf $ct
		cp -a "$kept/ct" $ct
	fi
}

poke() { kill -USR1 "$(lxc-info -n ct -p -H)"; }

# CRIU's log comes to lie in the checkpoint. The container's monitor keeps what lxc-checkpoint had open.
lxc_restore() {
	local status=0
	rm -f $log
	timeout -k 5 60 lxc-checkpoint -r -n ct -D "$images" -v </dev/null >/share/lxc.out 2>&1 || status=$?
	mv "$images/restore.log" $log
	cat /share/lxc.out
	return $status
}

lxc_clean() {
	lxc-stop -k -n ct 2>/dev/null
	find /sys/fs/cgroup -depth -type d -path '*/lxc.*' -exec rmdir {} \; 2>/dev/null
	return 0
}

untouched() { [ "$(sums)" = "$(cat "$kept/sums")" ]; }
