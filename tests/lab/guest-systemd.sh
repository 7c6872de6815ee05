#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The first process of an emulated machine that boots systemd: leaves it nothing to start but what the command needs.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t devtmpfs dev /dev
mkdir -p /lib/modules
mount -t ext4 -o ro /dev/vdb /lib/modules
units=/etc/systemd/system
mkdir -p $units
for unit in podman.socket docker.socket systemd-random-seed.service systemd-firstboot.service; do
	ln -sf /dev/null $units/$unit
done
cat >$units/lab.service <<'UNIT'
[Unit]
Requires=basic.target dbus.service
After=basic.target dbus.service
[Service]
Type=oneshot
Environment=HOME=/root
ExecStartPre=/bin/sh -c 'ip link set lo up; modprobe -a inet_diag tcp_diag udp_diag raw_diag unix_diag af_packet_diag netlink_diag tun veth'
ExecStart=/bin/sh /lab/guest-run.sh
TimeoutStartSec=infinity
Delegate=yes
UNIT
echo uninitialized >/etc/machine-id
exec /sbin/init --unit=lab.service
