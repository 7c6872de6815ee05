#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: enter.sh [--share DIR] [--timeout SECONDS] SUITE COMMAND [ARGUMENT...]
# Runs COMMAND as root in the rootfs of SUITE, on this machine's own kernel and cgroups; after 600 s or SECONDS it is
# killed and the exit status is 124 or 137.
#   /src    the project, read-only      /share  DIR, the working directory (without --share: gone at the end)
# The root is a fresh overlay each time: what COMMAND installs or leaves lying about ends with it. So do its
# processes, for they have a pid namespace of their own; restored pids are free there, and several can run at once.
# What is shared with the machine, and so must be named uniquely and cleaned up, is the cgroup tree.
set -eu
. "$(dirname "$0")/lab.sh"
close_inherited

share='' timeout=600
while [ $# -gt 0 ]; do
	case $1 in
	--share | --timeout)
		[ $# -ge 2 ] || die "$1 needs a value"
		eval "${1#--}=\$2"
		shift 2
		;;
	--*) die "unknown option $1" ;;
	*) break ;;
	esac
done
[ $# -ge 2 ] || die "usage: enter.sh [--share DIR] [--timeout SECONDS] SUITE COMMAND [ARGUMENT...]"
[ -z "$share" ] || share=$(cd "$share" && pwd)
suite=$1
shift
known "$suite"
root_rights
"$(dirname "$0")/rootfs.sh" "$suite"

export LAB_STATE="$state" LAB_TOP="$top" LAB_SUITE="$suite" LAB_SHARE="$share"

# CRIU is at home only where the root is a mount and nothing hides under it: pivot_root, chroot is not enough.
# unshare blocks SIGTERM while it waits, hence -k; what dies with it is the whole pid namespace.
# shellcheck disable=SC2016
exec timeout --foreground -k 1 "$timeout" unshare --mount --propagation private --pid --fork --kill-child --ipc --uts --net \
	sh -eu -c '
	mkdir -p "$LAB_STATE/enter"
	mount -t tmpfs enter "$LAB_STATE/enter"
	cd "$LAB_STATE/enter"
	mkdir up work root share
	mount -t overlay -o "lowerdir=$LAB_STATE/$LAB_SUITE,upperdir=up,workdir=work" overlay root
	mount --bind "$LAB_TOP" root/src
	mount -o remount,bind,ro root/src
	mount --bind "${LAB_SHARE:-share}" root/share
	mount --rbind /sys root/sys
	mount --rbind /dev root/dev
	mount -t proc proc root/proc
	mount -t tmpfs tmpfs root/tmp
	mount -t tmpfs tmpfs root/run
	cd root
	pivot_root . mnt
	umount -l /mnt
	unset LAB_STATE LAB_TOP LAB_SUITE LAB_SHARE
	ip link set lo up
	cd /share
	# Not exec: as the first process of its pid namespace this shell reaps, so that a dumped pid gets free.
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" <&0 &
	status=0
	wait $! || status=$?
	exit $status' enter "$@"
