# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: Podman with runc or crun. A container comes back from an archive.
# shellcheck shell=bash
export PODMAN_IGNORE_CGROUPSV1_WARNING=1
driver_init() { # runc|crun [systemd]
	oci=$1 manager=${2:-cgroupfs} name=crw-ct groups_made=
	storage=/var/lib/containers/storage
	[ "$change" != name ] || here=crw-other
}
podman() { limited podman --storage-driver vfs --cgroup-manager "$manager" --runtime "$oci" "$@"; }
# An image without a registry; the other machine wants the very same.
have_image() {
	podman image exists tree:1 && return
	if [ -e /share/image.tar ]; then
		podman load -q -i /share/image.tar >/dev/null
		return
	fi
	mkdir -p /tmp/root/out /tmp/root/proc /tmp/root/sys /tmp/root/dev /tmp/root/etc /tmp/root/run &&
		cp /share/tree/tree /tmp/root/ && tar -C /tmp/root -cf /tmp/root.tar . &&
		podman import -q /tmp/root.tar tree:1 && podman save -q -o /share/image.tar tree:1
}
start_container() {
	local more
	more=$(cpus_of_setup)
	more=${more:+--cpuset-cpus $more}
	[ -z "$v2" ] || more="$more --cgroupns $([ "$setup" = shared ] && echo host || echo private)"
	have_image || return
	# shellcheck disable=SC2086
	podman run -d --name $name --network none --log-driver none --memory 200m --pids-limit 100 $more \
		-v "$out:/out" tree:1 /tree /out && appears "$out/pids" && find_container
}
find_container() {
	name=${here-$name}
	read -r leader home < <(podman inspect -f '{{.State.Pid}} {{.State.CgroupPath}}' $name)
	if [ -d "$top$home/container" ]; then home=$home/container; fi
	[ -n "$leader" ] && [ "$leader" != 0 ]
}
checkpoint() {
	mkdir -p "$1"
	podman container checkpoint --keep --compress none --export "$1/archive.tar" $name
}
restore_container() {
	have_image && podman container restore --keep --import "$images/archive.tar" ${here+--name "$here"}
}
criu_log() { cat $storage/vfs-containers/*/userdata/restore.log; }
remove_container() { podman rm --all --force --time 0; }
end_all() {
	local g
	podman rm --all --force --time 0
	g=$(cd $top && find . -type d -name 'libpod*' | sed 's/^\.//')
	# shellcheck disable=SC2086
	end_groups $g
	[ "$manager" != systemd ] || systemctl reset-failed
}
