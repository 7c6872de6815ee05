# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: the tree as a container of an OCI runtime, pinned to all CPUs, with
# part of it in a cgroup of its own below the one that the runtime gives the container. The runtime makes the outer group
# anew at restore, as config.json says, CRIU the inner one.
# shellcheck shell=bash disable=SC2034
. /src/tests/criu/inner/lib.sh

group=${GROUP:-crw-container}
bundle=$tree/bundle
out=$bundle/rootfs/out
runtime=${RUNTIME:-runc}
log=$work/restore.log

# What the leader says of itself goes to /share/report.NAME.
report() { # NAME
	local n=0
	rm -f $out/report
	$runtime kill "$group" USR1
	until [ -e $out/report ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.1
	done
	mv $out/report "/share/report.$1"
}

# config.json with these CPUs
pin() { sh /src/tests/lab/bundle.sh $tree "$group" "$1"; }

oci_restore() {
	rm -f "$log"
	timeout -k 5 60 "$runtime" restore -d -b $bundle --image-path $images --work-path $work "$group" </dev/null
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

same_memory() { [ -s /share/report.1 ] && [ "$(sed 1q /share/report.start)" = "$(sed 1q /share/report.1)" ]; }
