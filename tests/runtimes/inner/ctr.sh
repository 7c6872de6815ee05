# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: containerd alone, by ctr. A checkpoint is an image in containerd's store, which goes to the other
# machine as a whole (`ctr image export` takes no checkpoints).
# shellcheck shell=bash
driver_init() {
	name=crw-ct groups_made="/default/crw-ct /default/crw-other"
	[ "$change" != name ] || here=crw-other
}
ctr() { limited ctr "$@"; }
have_daemon() {
	local i
	ctr version >/dev/null 2>&1 && return
	setsid containerd --root /share/containerd >/share/containerd.log 2>&1 </dev/null &
	for ((i = 0; i < 60; i++)); do
		sleep 1
		if ctr version >/dev/null 2>&1; then break; fi
	done
	(. /src/tests/runtimes/inner/podman.sh && driver_init runc && have_image) || return
	ctr image ls -q | grep -q tree || ctr image import /share/image.tar
}
start_container() {
	local more
	more=$(cpus_of_setup)
	more=${more:+--cpuset-cpus $more}
	have_daemon || return
	# shellcheck disable=SC2086
	ctr run -d --null-io --memory-limit 209715200 --mount "type=bind,src=$out,dst=/out,options=rbind:rw" $more \
		localhost/tree:1 $name /tree /out && appears "$out/pids" && find_container
}
# What the spec in the checkpoint names stays the container's group under another name too.
find_container() {
	name=${here-$name} home=/default/crw-ct
	leader=$(ctr task ls | awk -v name="$name" '$1 == name { print $2 }')
	[ -n "$leader" ] && [ "$leader" != 0 ]
}
checkpoint() {
	mkdir -p "$1"
	ctr image rm "crw/$setup/${from%/*}/${1##*/}:1"
	ctr container checkpoint --task $name "crw/$setup/${from%/*}/${1##*/}:1"
}
restore_container() {
	have_daemon && ctr container restore --live "${here-$name}" "crw/$setup/${from%/*}/images:1"
}
criu_log() { find /run/containerd /share/containerd -xdev -name restore.log -exec cat {} +; }
remove_container() {
	ctr task kill -s 9 $name
	sleep 0.3
	ctr task rm -f $name
	ctr container rm $name
}
end_all() {
	local name
	for name in crw-ct crw-other; do remove_container; done
	# shellcheck disable=SC2086
	end_groups $groups_made
}
