#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with v2 alone, whose root hands nothing on: a checkpoint from v1 gets its limits in groups three deep.
. /src/tests/criu/inner/limits.sh

deep=$top/$group/in/deep
switch_off() { sed 's/[^ ]*/-&/g' $top/cgroup.subtree_control >/tmp/off && cat /tmp/off >$top/cgroup.subtree_control; }
values() { cat $deep/memory.max $deep/pids.max $deep/cpu.weight 2>/dev/null | tr '\n' ' '; }

install_plugin
rm -f $tree/report.start
switch_off
is "$(cat $top/cgroup.subtree_control)" "" "the root hands no controller on"
configure <<<'cgroup_entry convert'
restore
not_ok_if "without prepare the limits are not in place" [ "$(values)" = "52428800 100 59 " ]
clean_v2
switch_off
configure <<<'cgroup_entry convert
cgroup_entry prepare'
ok "with prepare the restore succeeds" restore
is "$(values)" "52428800 100 59 " "and every limit is in place"
ok "the tasks are inside" inside
ok "the log names what was switched on" \
	grep "rewrite: host: v2:/$group/in cgroup.subtree_control (none) -> +memory (test.rules:2): for the groups below" $log
clean_v2
tap_end
