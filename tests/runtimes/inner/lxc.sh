# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: LXC. lxc-checkpoint calls criu with --manage-cgroups=full and a --cgroup-root for each hierarchy.
# shellcheck shell=bash
driver_init() {
	home=/lxc.payload.crw-ct groups_made="$home /lxc.monitor.crw-ct"
	ct=/var/lib/lxc/crw-ct
	# CRIU locks a container's network with iptables, which not every root has.
	command -v iptables-restore >/dev/null || echo "network-lock skip" >/etc/criu/default.conf
	case $v2:$(lxc-start --version) in 1:[56].* | 1:7.0.0) second_fails=1 ;; esac # lxc#4643
}
start_container() {
	local cpus
	cpus=$(cpus_of_setup)
	rm -rf $ct
	mkdir -p $ct/rootfs/dev $ct/rootfs/proc $ct/rootfs/sys $ct/rootfs/out &&
		mknod -m 666 $ct/rootfs/dev/null c 1 3 && cp /share/tree/tree $ct/rootfs/ || return
	cat >$ct/config <<-CONFIG
		lxc.rootfs.path = dir:$ct/rootfs
		lxc.init.cmd = /tree /out
		lxc.uts.name = crw-ct
		lxc.net.0.type = empty
		lxc.console.path = none
		lxc.tty.max = 0
		lxc.autodev = 0
		lxc.mount.auto = proc:rw
		lxc.cap.keep = none
	CONFIG
	# LXC 7 does not know the names of v1.
	if [ -n "$v2" ]; then
		printf 'lxc.cgroup2.%s\n' "memory.max = 200M" "pids.max = 100" ${cpus:+"cpuset.cpus = $cpus"}
	else
		printf 'lxc.cgroup.%s\n' "memory.limit_in_bytes = 200M" "pids.max = 100" ${cpus:+"cpuset.cpus = $cpus"}
	fi >>$ct/config
	rm -rf "$out"
	limited lxc-start -n crw-ct && appears $ct/rootfs/out/pids || return
	cp -a $ct "$kept/lxc"
	find_container
}
find_container() {
	out=$ct/rootfs/out
	leader=$(lxc-info -n crw-ct -p -H)
	[ -n "$leader" ] && [ "$leader" != -1 ]
}
checkpoint() { limited lxc-checkpoint -s -n crw-ct -D "$1" -v; }
# The container's monitor keeps open what lxc-checkpoint had open.
restore_container() {
	local status=0
	mkdir -p ${ct%/*}
	rm -rf $ct
	cp -a "$kept/lxc" $ct
	cp -a "$images" "$work/"
	limited lxc-checkpoint -r -n crw-ct -D "$work/images" -v >"$work/output" 2>&1 || status=$?
	cat "$work/output"
	return $status
}
criu_log() { cat "$work/images/restore.log"; }
remove_container() { lxc-stop -k -n crw-ct; }
end_all() {
	lxc-stop -k -n crw-ct
	# shellcheck disable=SC2046
	end_groups $(cd $top && find . -type d -name 'lxc.*' | sed 's/^\.//; s,^/\(memory\|pids\|cpuset\),,' | sort -u)
}
