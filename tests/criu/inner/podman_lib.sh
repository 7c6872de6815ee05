# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: the tree as a container of Podman, which comes from another machine
# as an archive. Part of it is in a cgroup of its own, as with oci_lib.sh.
# shellcheck shell=bash disable=SC2034
. /src/tests/criu/inner/container_lib.sh

export PODMAN_IGNORE_CGROUPSV1_WARNING=1
image=/share/image.tar
archive=/share/checkpoint.tar
out=/share/out reports=/share
storage=/var/lib/containers/storage
log=/share/restore.log

podman() {
	timeout -k 5 60 podman --storage-driver vfs --cgroup-manager cgroupfs --runtime "$RUNTIME" "$@" </dev/null
}

# The container's group, below the root of a hierarchy.
container_group() { (cd "$1" && echo libpod_parent/libpod-*); }

poke() { podman kill --signal USR1 ct; }

# Podman calls the front for $RUNTIME, by the drop-in that is shipped, or the runtime itself.
dropin=/etc/containers/containers.conf.d/50-criu-rewrite.conf
use_front() { install_front && install -D -m 644 /src/cli/front/dropins/podman.conf $dropin; }
leave_front() { rm -f $dropin; }

# podman_restore ARCHIVE: CRIU's log goes to $log, what Podman says to /share/podman.error.
podman_restore() {
	local status=0
	rm -f $log
	podman container restore --keep --import "$1" 2>/share/podman.error || status=$?
	cat /share/podman.error >&2
	cp $storage/vfs-containers/*/userdata/restore.log $log 2>/dev/null
	return $status
}

# What spec.dump asks for is written by the runtime itself, which says so when it cannot be.
refused_by_runtime() {
	! podman_restore "$1" && grep -i "$RUNTIME: .*cpuset.cpus.*: numerical result out of range" /share/podman.error
}

# crun leaves the tasks behind where it fails after CRIU, and Podman does not know of them.
podman_clean() {
	podman rm --force --time 0 ct >/dev/null 2>&1
	if [ -e /sys/fs/cgroup/libpod_parent/cgroup.kill ]; then
		echo 1 >/sys/fs/cgroup/libpod_parent/cgroup.kill
		sleep 0.2
	fi
	find /sys/fs/cgroup -depth -type d -path '*/libpod_parent/*' -exec rmdir {} \; 2>/dev/null
	return 0
}
