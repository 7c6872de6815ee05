#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: doctor_ipv6.sh dump|restore
# A checkpoint with settings of IPv6, on a kernel that was started without. See ../doctor.sh.
. /src/tests/tap.sh

if [ "$1" = dump ]; then
	mkdir -p /share/img
	# In the root that both share, as /share may not be dumped from.
	cd / || exit
	echo 5000 >/proc/sys/kernel/ns_last_pid
	unshare --net setsid sleep 1000 <&- >/dev/null 2>&1 &
	until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.05; done
	ok "dump" criu dump -t $! -D /share/img -o dump.log -v4 --manage-cgroups=ignore --network-lock skip
	tap_end
	exit
fi
install -D -m 755 /share/rewrite.so /usr/lib/criu/rewrite.so
setting=/proc/sys/net/ipv6/conf/all
not_ok_if "this kernel has no IPv6" test -e $setting
not_ok_if "doctor ends with an error" /share/criu-rewrite doctor /share/img
ok "sysctl: names $setting" grep -E "^  failure +sysctl +$setting " <(/share/criu-rewrite doctor /share/img)
not_ok_if "CRIU fails" criu restore -d -D /share/img -W /tmp -o restore.log -v4 --manage-cgroups=ignore
ok "with it" grep "Can't open sysctl ${setting#/proc/sys/}/.*No such file" /tmp/restore.log
tap_end
