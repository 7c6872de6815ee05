#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs: a container of LXC with limits is checkpointed. On cgroup v1 part of it is in a group of
# its own. On v2 the limits are recorded, and there is a second one with groups of its own.
. /src/tests/criu/inner/lxc_lib.sh

cpus=$(cat $cpuset/cpuset.cpus /sys/fs/cgroup/cpuset.cpus.effective 2>/dev/null)
make_container() {
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
}

start_container() {
	rm -f $out/*
	lxc-start -n ct || return
	appears $out/pids
}

# As systemd does it in a container: all tasks below, and limits for them.
into_groups() {
	local group=/sys/fs/cgroup/$payload to=init pids
	mkdir $group/init $group/work || return
	mapfile -t pids <$group/cgroup.procs
	for pid in "${pids[@]}"; do
		echo "$pid" >$group/$to/cgroup.procs || return
		to=work
	done
	echo "+cpuset +pids" >$group/cgroup.subtree_control &&
		echo "$cpus" >$group/init/cpuset.cpus &&
		echo "1-${cpus#*-}" >$group/work/cpuset.cpus &&
		echo 100 >$group/work/pids.max
}

dump() { # NAME
	checkpoint "$1"
	ok "$1: it answers" report start
	ok "$1: lxc-checkpoint" lxc-checkpoint -s -n ct -D "$images" -v
	sums >"$kept/sums"
	cp -a $ct "$kept/"
}

make_container
ok "a container of LXC starts" start_container
is "$(cat $cpuset/$payload/cpuset.cpus /sys/fs/cgroup/$payload/cpuset.cpus 2>/dev/null)" "$cpus" "pinned by its configuration"
if [ -d $cpuset ]; then
	ok "part of it goes to a group of its own" into_sub_group $payload
	dump v1
else
	install_plugin
	configure <<<'when stage == "dump" { cgroup_entry capture }'
	dump v2
	ok "another one starts" start_container
	ok "and makes groups of its own" into_groups
	dump nested
fi
tap_end
