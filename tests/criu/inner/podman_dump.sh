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
	mkdir -p $out
	podman run -d --name ct --network none --log-driver none --cpuset-cpus "$cpus" -v $out:/out tree:1 /tree /out || return
	appears $out/pids
}

ok "an image without a registry" make_image
ok "a container of Podman with $RUNTIME starts" start_container
ct=$(container_group $cpuset)
is "$(cat "$cpuset/$ct/cpuset.cpus")" "$cpus" "pinned by --cpuset-cpus"
ok "part of it goes to a group of its own" into_sub_group "$ct"
ok "it answers" report start
ok "podman container checkpoint --export" podman container checkpoint --compress none --export $archive ct
podman_clean
tap_end
