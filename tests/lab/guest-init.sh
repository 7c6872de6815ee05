#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The emulated machine's init, on its real root: sets the machine up, runs /lab/command, writes the answer to /dev/vdd.
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
ln -sf /proc/self/fd /dev/fd
ip link set lo up
hostname lab
# What CRIU asks the kernel about sockets and network devices with.
modprobe -a inet_diag tcp_diag udp_diag raw_diag unix_diag af_packet_diag netlink_diag tun veth

v1() {
	mkdir -p "/sys/fs/cgroup/$1"
	mount -t cgroup -o "$1" cgroup "/sys/fs/cgroup/$1"
}
each() {
	for controller; do
		grep -q "^$controller	.*1$" /proc/cgroups && v1 "$controller"
	done
	mkdir -p /sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}
v2() {
	mkdir -p "$1"
	mount -t cgroup2 cgroup2 "$1"
	for controller in $(cat "$1/cgroup.controllers"); do
		echo "+$controller" >"$1/cgroup.subtree_control"
	done
}
way=$(sed 's/.*cgroups=\([^ ]*\).*/\1/' /proc/cmdline)
[ "$way" = v2 ] || mount -t tmpfs cgroup /sys/fs/cgroup
case $way in
v2) v2 /sys/fs/cgroup ;;
v1) each cpuset cpu cpuacct blkio memory devices freezer net_cls perf_event net_prio hugetlb pids ;;
v1-joined)
	v1 cpu,cpuacct
	v1 net_cls,net_prio
	each cpuset blkio memory devices freezer perf_event hugetlb pids
	;;
hybrid)
	each cpuset cpu cpuacct blkio memory devices freezer pids
	v2 /sys/fs/cgroup/unified
	;;
esac

cd /share || exit
stty -F /dev/ttyS1 raw -echo
# A session of its own, and the shell that waits reaps what the command leaves behind.
setsid sh -c "$(cat /lab/command)" </dev/null >/dev/ttyS1 2>&1 &
wait $!
echo $? >/lab/status
tar -cf /dev/vdd -C / lab/status share
sync
echo o >/proc/sysrq-trigger
sleep 60
