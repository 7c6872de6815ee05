#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs: the container does not restore as it is, and does with the plugin in CRIU's default
# directory. runc has no configuration for it.
. /src/tests/criu/inner/runc_lib.sh

here=$(cat $cpuset/cpuset.cpus)
remove_plugin
unconfigure
not_ok_if "without the plugin runc restore fails" runc_restore
ok "with CRIU's own error" \
	grep "Failed writing 0-[0-9]* to cpuset/*$group/sub/cpuset.cpus: Numerical result out of range" $log
runc_clean
install_plugin
mkdir -p /etc/criu
cp /src/rules/library/host-fit.rules /etc/criu/
echo "rules /etc/criu/host-fit.rules" >/etc/criu/rewrite.conf
ok "runc has no configuration for CRIU" test ! -e /etc/criu/runc.conf
for round in first second; do
	ok "$round time: with the plugin runc restore succeeds" runc_restore
	is "$(cat "$cpuset/$group/sub/cpuset.cpus")" "$here" "$round time: the container's own group has the CPUs of this machine"
	ok "$round time: the container answers" report 1
	ok "$round time: with the memory that it had" same_memory
	ok "$round time: the log says what was changed and why" \
		grep "rewrite: cgroup.img: cpuset:/$group/sub cpuset.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
	is "$(sums)" "$(cat /share/sums)" "$round time: every image is as it was"
	runc_clean
done
configure <<<'cgroup_entry.controlers set x=1'
not_ok_if "a broken rule stops runc restore" runc_restore
runc_restore >/share/runc.error 2>&1
ok "with the line in CRIU's log" grep "Error (rewrite): /etc/criu/test.rules:1:14" $log
runc_clean
tap_end
