#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs: what dump.sh dumped does not restore as it is, and does with the shipped rules.
. /src/tests/criu/inner/lib.sh

here=$(cat $cpuset/cpuset.cpus)
fitted=$(printf '%s\n' " $here" "/in $here" "/in/deep $here")
error="Failed writing 0-[0-9]* to cpuset/*$group/cpuset.cpus: Numerical result out of range"

remove_plugin
unconfigure
not_ok_if "without the plugin the restore fails" restore
ok "with CRIU's own error" grep "$error" $log
cp $log /share/without.log
clean
install_plugin
not_ok_if "with the plugin and no configuration it fails" restore
ok "in the same way" grep "$error" $log
clean
for view in auto namespace; do
	mkdir -p /etc/criu
	cp /src/rules/library/default.rules /etc/criu/
	printf '%s\n' "rules /etc/criu/default.rules" "view $view" >/etc/criu/rewrite.conf
	traces >/share/traces
	ok "view $view: with default.rules it succeeds" restore
	is "$(cpus)" "$fitted" "view $view: group and sub-groups have the CPUs of this machine"
	ok "view $view: the tree lives" tree check $tree
	is "$(grep -c "rewrite: cgroup.img: cpuset:/${group}[a-z/]* cpuset.cpus 0-[0-9]* -> $here (default.rules:[0-9]*)" $log)" 3 \
		"view $view: the log says what was changed and why"
	is "$(sums)" "$(cat /share/sums)" "view $view: every image is as it was"
	is "$(traces)" "$(cat /share/traces)" "view $view: no mount and no file is left"
	cp $log /share/with.log
	cpus >/share/cpus
	clean
done

# As `make install` leaves it: switched on, until /etc says otherwise.
unconfigure
installed=/usr/lib/criu-rewrite
install -D -m 644 /src/criu-rewrite.conf $installed/rewrite.conf
install -D -m 644 /src/rules/library/default.rules $installed/rules.d/default.rules
ok "as installed it succeeds, with nothing in /etc" restore
is "$(cpus)" "$fitted" "with the CPUs of this machine"
clean
ln -s /dev/null /etc/criu/rewrite.conf
not_ok_if "with a link to /dev/null in /etc it fails" restore
ok "as without the plugin" grep "$error" $log
clean
unconfigure
rm -r $installed
tap_end
