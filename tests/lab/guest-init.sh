#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The emulated machine's init, on its real root: sets the machine up, runs the command (guest-run.sh).
# A process costs such a machine 50 ms, so this starts as few as it can.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /lib/modules
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t ext4 -o ro /dev/vdb /lib/modules
ln -s /proc/self/fd /dev/fd
ip link set lo up
# What CRIU asks the kernel about sockets and network devices with.
modprobe -a inet_diag tcp_diag udp_diag raw_diag unix_diag af_packet_diag netlink_diag tun veth

# Each v1 hierarchy named, if this kernel has its controllers.
v1() {
	controllers=
	while read -r name _ _ enabled; do
		[ "$enabled" = 1 ] && controllers="$controllers $name "
	done </proc/cgroups
	for hierarchy; do
		case $controllers in *" ${hierarchy%,*} "*) set -- "$@" "$hierarchy" ;; esac
		shift
	done
	(cd /sys/fs/cgroup && mkdir "$@" systemd)
	for hierarchy; do
		mount -t cgroup -o "$hierarchy" cgroup "/sys/fs/cgroup/$hierarchy"
	done
	mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}

# The one hierarchy, with every controller handed on to the groups below the root.
v2() {
	mount -t cgroup2 cgroup2 "$1"
	read -r controllers <"$1/cgroup.controllers"
	for name in $controllers; do
		echo "+$name" >"$1/cgroup.subtree_control"
	done
}

read -r words </proc/cmdline
way=${words#*cgroups=}
way=${way%% *}
[ "$way" = v2 ] || mount -t tmpfs cgroup /sys/fs/cgroup
case $way in
v1) v1 cpuset cpu cpuacct blkio memory devices freezer net_cls perf_event net_prio hugetlb pids ;;
v1-joined) v1 cpuset cpu,cpuacct blkio memory devices freezer net_cls,net_prio perf_event hugetlb pids ;;
v2) v2 /sys/fs/cgroup ;;
hybrid)
	v1 cpuset cpu cpuacct blkio memory devices freezer pids
	mkdir /sys/fs/cgroup/unified
	v2 /sys/fs/cgroup/unified
	;;
esac

. /lab/guest-run.sh
