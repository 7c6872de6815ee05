# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: the tree as a container of an OCI runtime, pinned to all CPUs, with
# part of it in a cgroup of its own below the one that the runtime gives the container. The runtime makes the outer group
# anew at restore, as config.json says, CRIU the inner one.
# shellcheck shell=bash disable=SC2034
. /src/tests/criu/inner/container_lib.sh

group=${GROUP:-crw-container}
bundle=$tree/bundle
out=$bundle/rootfs/out reports=/share
runtime=${RUNTIME:-runc}
restorer=$runtime # or the front for it
log=$work/restore.log

poke() { $runtime kill "$group" USR1; }

# config.json with these CPUs
pin() { sh /src/tests/lab/bundle.sh $tree "$group" "$1"; }

# config.json as it was at the checkpoint
unedited() { cp /share/config.json $bundle/config.json; }
cpus_of_config() { sed -n 's/.*"cpus": "\([^"]*\)".*/\1/p' $bundle/config.json; }

oci_restore() {
	rm -f "$log"
	timeout -k 5 60 "$restorer" restore -d -b $bundle --image-path $images --work-path $work "$group" </dev/null
}

# What config.json asks for is written by the runtime itself, which says so when it cannot be.
refused_by_runtime() {
	! oci_restore >"/share/$runtime.error" 2>&1 &&
		grep -i "cpuset.cpus.*: numerical result out of range" "/share/$runtime.error"
}

# crun leaves the tasks behind where it fails after CRIU.
oci_clean() {
	"$runtime" delete -f "$group" >/dev/null 2>&1
	if [ -e "/sys/fs/cgroup/$group/cgroup.kill" ]; then
		echo 1 >"/sys/fs/cgroup/$group/cgroup.kill"
		sleep 0.2
	fi
	find /sys/fs/cgroup/"$group" /sys/fs/cgroup/*/"$group" -depth -type d -exec rmdir {} + 2>/dev/null
	return 0
}
