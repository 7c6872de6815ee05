#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# The first process of an emulated machine: loads the disk driver, unpacks the job onto the root disk, goes there.
# Disks: vda root, vdb the kernel's modules, vdc the job as a tar, vdd the answer as a tar.
busybox mount -t devtmpfs dev /dev
for module in /modules/*; do busybox insmod "$module"; done
busybox mount -t ext4 /dev/vda /root
busybox tar -xf /dev/vdc -C /root
exec busybox switch_root /root /bin/sh /lab/guest-init.sh
