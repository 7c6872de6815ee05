#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# As faults.sh, in restores by root without CAP_SYS_ADMIN, which are shown the images in a user namespace of the plugin's own.
# shellcheck disable=SC2086
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/faults_lib.sh

id=501
as_user="setpriv --reuid 1000 --regid 1000 --clear-groups"

prepare_host() {
	rm -f /share/report.json
	configure "view $1" "report /share/report.json" "log-level debug" "rules /src/rules/library/unprivileged.rules" <<-EOF
		core_entry.tc set comm="renamed"
		core_entry affinity
	EOF
}

restored() {
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$@" criu restore --unprivileged -d -D $images \
		-W $work -o restore.log -v4
}

right() {
	[ "$(cat /proc/$id/comm)" = renamed ] || echo not-rewritten
	[ "$(ls /proc/$id/fd)" = "$(cat /share/open)" ] || echo descriptors
}

left() { if kill -0 $id 2>/dev/null; then echo tasks; fi; }

tidy() { if kill -9 $id 2>/dev/null; then while kill -0 $id 2>/dev/null; do sleep 0.02; done; fi; }

cd / || exit # another user cannot come to /share
mkdir -p $images $work
echo $((id - 1)) >/proc/sys/kernel/ns_last_pid
$as_user setsid sleep 1000 </dev/null >/dev/null 2>&1 &
until [ "$(cat /proc/$id/comm)" = sleep ]; do sleep 0.05; done
ls /proc/$id/fd >/share/open
install -D -m 755 /usr/sbin/criu /tmp/criu
setcap cap_checkpoint_restore,cap_sys_ptrace=eip /tmp/criu
install -d -m 777 /tmp/images
ok "a process of another user is dumped" $as_user /tmp/criu dump --unprivileged -t $id -D /tmp/images -o dump.log -v4
wait
cp /tmp/images/*.img $images
chown root $images/*
fail_all "without CAP_SYS_ADMIN" namespace
tap_end
