#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A process is dumped by another user's criu with two capabilities, and restored by that, by root without CAP_SYS_ADMIN,
# and in a user namespace. A rule changes its name, and what CRIU would drop of the bounding set, for which it has no
# right; without the plugin that may stop the restore.
# shellcheck disable=SC2086
. /src/tests/criu/inner/lib.sh

id=501
as_user="setpriv --reuid 1000 --regid 1000 --clear-groups"
images=/tmp/images work=/tmp/work # another user cannot come to /share
log=$work/restore.log
cd /
install -D -m 755 /usr/sbin/criu /tmp/criu
setcap cap_checkpoint_restore,cap_sys_ptrace=eip /tmp/criu
mkdir -p $images $work
chmod 777 $images $work
install_plugin
install -D -m 644 /src/rules/library/unprivileged.rules /etc/criu/unprivileged.rules

start() { # COMMAND: the process, by COMMAND
	echo $((id - 1)) >/proc/sys/kernel/ns_last_pid
	$1 setsid sleep 1000 </dev/null >/dev/null 2>&1 &
	sleep 0.5
	[ "$(cat /proc/$id/comm)" = sleep ]
}
dump_by() { "$@" dump --unprivileged -t $id -D $images -W $work -o dump.log -v4; }
restore_by() {
	rm -f $log
	"$@" restore --unprivileged -d -D $images -W $work -o restore.log -v4 || { grep -E "Error|rewrite" $log; false; }
}
end() {
	kill -9 $id 2>/dev/null
	/src/tests/lab/ended $id
}

# check VIEW WHAT COMMAND...: a restore by COMMAND in that view, which restores the process by its new name
check() {
	local view=$1 what="$2, view $1"
	shift 2
	configure "view $view" "rules /etc/criu/unprivileged.rules" <<<'core_entry.tc set comm="renamed"'
	traces >/share/traces
	ok "$what: restore" restore_by "$@"
	is "$(cat /proc/$id/comm)" renamed "$what: the image is the rewritten one"
	is "$(traces)" "$(cat /share/traces)" "$what: no mount and no file is left"
	end
}

ok "a process of another user" start "$as_user"
ok "is dumped by that user's criu" dump_by $as_user /tmp/criu
for view in auto namespace; do
	check $view "by another user" $as_user /tmp/criu
	check $view "by root without CAP_SYS_ADMIN" setpriv --bounding-set -sys_admin --inh-caps -sys_admin criu
done
chown -R root $images
chmod 644 $images/*
check auto "from root's images" $as_user /tmp/criu

configure "view detached" <<<'core_entry.tc set comm="renamed"'
not_ok_if "view detached needs CAP_SYS_ADMIN" restore_by $as_user /tmp/criu
ok "and says so" grep "Error (rewrite): view detached .*Operation not permitted" $log
end

# As root of a user namespace, with a pid namespace that belongs to it. The configuration is the host's root's.
rm -rf ${images:?}/*
in_namespace() {
	# shellcheck disable=SC2016 # $@ is of the shell inside
	$as_user unshare -Urpf --mount-proc sh -c 'criu "$@" && cat /proc/'$id'/comm' criu "$@" >/share/comm
}
ok "a process of root" start ""
ok "is dumped" dump_by criu
chmod 644 $images/*
for view in auto namespace; do
	configure "view $view" "rules /etc/criu/unprivileged.rules" <<<'core_entry.tc set comm="renamed"'
	traces >/share/traces
	ok "in a user namespace, view $view: restore" restore_by in_namespace
	is "$(cat /share/comm)" renamed "in a user namespace, view $view: the image is the rewritten one"
	is "$(traces)" "$(cat /share/traces)" "in a user namespace, view $view: no mount and no file is left"
done
# What root of the host owns is obeyed there below /etc/criu alone: another's file shows as root's would.
install -m 755 /share/criu-rewrite /tmp/
install -D -m 644 /src/rules/library/unprivileged.rules /srv/root.rules
install -D -m 644 -o 1001 /src/rules/library/unprivileged.rules /srv/other.rules
for file in /srv/root.rules /srv/other.rules; do
	configure "rules $file" </dev/null
	not_ok_if "in a user namespace, $file" restore_by in_namespace
	ok "and says why" grep "Error (rewrite): .*belongs to somebody outside this user namespace" $log
done
configure "rules /etc/criu/unprivileged.rules" </dev/null
ok "in a user namespace: the command judges it in the same way" $as_user unshare -Ur /tmp/criu-rewrite check
tap_end
