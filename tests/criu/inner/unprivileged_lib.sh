# SPDX-License-Identifier: GPL-2.0-only
# For faults_unprivileged.sh and kill_unprivileged.sh, sourced: a process of another user, and restores of it by root without
# CAP_SYS_ADMIN.
# shellcheck shell=bash disable=SC2034,SC2086,SC2154
. /src/tests/criu/inner/lib.sh

id=501

# dump_of_a_user: into $images, by that user's criu; its descriptors are in /share/open
dump_of_a_user() {
	local as_user="setpriv --reuid 1000 --regid 1000 --clear-groups"
	cd / || exit # another user cannot come to /share
	mkdir -p $images $work
	echo $((id - 1)) >/proc/sys/kernel/ns_last_pid
	$as_user setsid sleep 1000 </dev/null >/dev/null 2>&1 &
	until [ "$(cat /proc/$id/comm)" = sleep ]; do sleep 0.05; done
	ls /proc/$id/fd >/share/open
	install -D -m 755 /usr/sbin/criu /tmp/criu
	setcap cap_checkpoint_restore,cap_sys_ptrace=eip /tmp/criu
	install -d -m 777 /tmp/images
	ok "a process of another user is dumped" \
		$as_user /tmp/criu dump --unprivileged -t $id -D /tmp/images -o dump.log -v4
	wait
	cp /tmp/images/*.img $images
	chown root $images/*
}

# restored [PROGRAM...]: a restore, of which PROGRAM is what runs criu
restored() {
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$@" criu restore --unprivileged -d -D $images \
		-W $work -o restore.log -v4
}
