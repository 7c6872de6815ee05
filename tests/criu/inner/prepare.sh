#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with v2 alone, whose root hands nothing on: a checkpoint from v1 gets its limits in groups three deep, and is
# frozen again when it is restored.
. /src/tests/criu/inner/limits.sh

deep=$top/$group/in/deep
switch_off() { sed 's/[^ ]*/-&/g' $top/cgroup.subtree_control >/tmp/off && cat /tmp/off >$top/cgroup.subtree_control; }
values() { cat $deep/memory.max $deep/pids.max $deep/cpu.weight 2>/dev/null | tr '\n' ' '; }

install_plugin
switch_off
is "$(cat $top/cgroup.subtree_control)" "" "the root hands no controller on"
frozen() { cat $deep/cgroup.freeze; }
lives() { echo 0 >$deep/cgroup.freeze && tree check $tree; }

configure <<<'cgroup_entry convert'
ok "without prepare it is restored" restore
not_ok_if "but the limits are not in place" [ "$(values)" = "52428800 100 59 " ]
ok "and the log says why" grep "memory.max 52428800 -> (gone) .*does not hand memory on; .prepare. would" $log
is "$(frozen)" 1 "it is frozen"
ok "and lives" lives
clean_v2
switch_off
configure <<<'cgroup_entry convert
cgroup_entry prepare'
ok "with prepare the restore succeeds" restore
is "$(values)" "52428800 100 59 " "and every limit is in place"
is "$(frozen)" 1 "it is frozen"
ok "which the log says" grep "rewrite: host: v2:/$group/in/deep cgroup.freeze (none) -> 1 (test.rules:2): when the restore is done" $log
ok "the tasks are inside" inside
ok "the log names what was switched on" \
	grep "rewrite: host: v2:/$group/in cgroup.subtree_control (none) -> +memory (test.rules:2): for the groups below" $log
ok "the tree lives" lives
clean_v2

mkdir -p $deep
configure <<<'cgroup_entry convert
cgroup_entry prepare'
ok "into groups that are there" restore
is "$(frozen)" 0 "it is not frozen"
clean_v2
mkdir -p $deep
configure <<<'cgroup_entry convert
cgroup_entry prepare
manage-cgroups full'
ok "but in the mode full" restore
is "$(frozen)" 1 "it is"
ok "and lives" lives
clean_v2
tap_end
