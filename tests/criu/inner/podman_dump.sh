#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs: a container of Podman, pinned to them, is checkpointed into an archive.
. /src/tests/criu/inner/podman_lib.sh

cpus=$(cat $cpuset/cpuset.cpus)
make_image() {
	mkdir -p /tmp/root/out /tmp/root/proc /tmp/root/sys /tmp/root/dev /tmp/root/etc /tmp/root/run &&
		cp $tree/tree /tmp/root/ &&
		tar -C /tmp/root -cf /tmp/root.tar . &&
		podman import /tmp/root.tar tree:1 &&
		podman save -o $image tree:1
}

start_container() {
	local n=0
	mkdir -p $out
	podman run -d --name ct --network none --log-driver none --cpuset-cpus "$cpus" -v $out:/out tree:1 /tree /out || return
	until [ -e $out/pids ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.1
	done
}

# All but the leader, which is the first in the list.
into_sub_group() {
	mkdir "$cpuset/$ct/sub" &&
		echo "$cpus" >"$cpuset/$ct/sub/cpuset.cpus" &&
		cat $cpuset/cpuset.mems >"$cpuset/$ct/sub/cpuset.mems" || return
	for pid in $(tail -n +2 "$cpuset/$ct/cgroup.procs"); do
		echo "$pid" >"$cpuset/$ct/sub/cgroup.procs" || return
	done
}

ok "an image without a registry" make_image
ok "a container of Podman with $RUNTIME starts" start_container
ct=$(container_group $cpuset)
is "$(cat "$cpuset/$ct/cpuset.cpus")" "$cpus" "pinned by --cpuset-cpus"
ok "part of it goes to a group of its own" into_sub_group
ok "it answers" report start
ok "podman container checkpoint --export" podman container checkpoint --compress none --export $archive ct
podman_clean
tap_end
