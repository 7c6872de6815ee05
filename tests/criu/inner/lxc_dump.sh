#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs: a container of LXC with limits is checkpointed. On cgroup v1 part of it is in a group of
# its own; on v2 the limits are recorded.
. /src/tests/criu/inner/lxc_lib.sh

cpus=$(cat $cpuset/cpuset.cpus /sys/fs/cgroup/cpuset.cpus.effective 2>/dev/null)
start_container() {
	local n=0
	mkdir -p $ct/rootfs/dev $ct/rootfs/proc $ct/rootfs/sys $out &&
		mknod -m 666 $ct/rootfs/dev/null c 1 3 &&
		cp $tree/tree $ct/rootfs/ || return
	cat >$ct/config <<-END
		lxc.rootfs.path = dir:$ct/rootfs
		lxc.init.cmd = /tree /out
		lxc.uts.name = ct
		lxc.net.0.type = empty
		lxc.console.path = none
		lxc.tty.max = 0
		lxc.autodev = 0
		lxc.mount.auto = proc:rw
		lxc.cap.keep = none
		lxc.cgroup.cpuset.cpus = $cpus
		lxc.cgroup2.cpuset.cpus = $cpus
		lxc.cgroup2.memory.max = 99999744
		lxc.cgroup2.pids.max = 77
	END
	lxc-start -n ct || return
	until [ -e $out/pids ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || return 1
		sleep 0.1
	done
}

# All but the leader, which is the first in the list.
into_sub_group() {
	mkdir $cpuset/$payload/sub &&
		echo "$cpus" >$cpuset/$payload/sub/cpuset.cpus &&
		cat $cpuset/cpuset.mems >$cpuset/$payload/sub/cpuset.mems || return
	for pid in $(tail -n +2 $cpuset/$payload/cgroup.procs); do
		echo "$pid" >$cpuset/$payload/sub/cgroup.procs || return
	done
}

ok "a container of LXC starts" start_container
is "$(cat $cpuset/$payload/cpuset.cpus /sys/fs/cgroup/$payload/cpuset.cpus 2>/dev/null)" "$cpus" "pinned by its configuration"
if [ -d $cpuset ]; then
	ok "part of it goes to a group of its own" into_sub_group
else
	install_plugin
	configure <<<'when stage == "dump" { cgroup_entry capture }'
fi
ok "it answers" report start
ok "lxc-checkpoint" lxc-checkpoint -s -n ct -D $images -v
sums >/share/sums
rm -rf /share/ct
cp -a $ct /share/ct
tap_end
