#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the source machine: limits of v2 are recorded at the dump, if a rule asks for it.
. /src/tests/criu/inner/limits.sh

install_plugin
rm -rf $images
limit_groups
is "$(limits_now)" "$limits" "three groups with limits, one in the other"

start_inside
configure <<<'cgroup_entry fit'
ok "dump with rules for the restore alone" dump
not_ok_if "records nothing" test -e $images/rewrite-cgroup.img
not_ok_if "and is silent" grep "rewrite:" $work/dump.log
tree gone $tree
rm -rf $images

start_inside
configure <<<'when stage == "dump" { must cgroup_entry.sets.ctls[name="nosuch"] set path="/" }'
ok "a rule that fails at the dump does not lose it" dump
ok "and is told of" grep "Error (rewrite): .*the checkpoint is complete without it" $work/dump.log
tree gone $tree
rm -rf $images

start_inside
# What is wrong in any rule or line of the configuration stops the dump before a task is frozen, and so does not run.
stopped() { # MESSAGE
	not_ok_if "$1: the dump is stopped" dump
	ok "$1: and told why" grep -q "Error (rewrite): .*$1" $work/dump.log
	not_ok_if "$1: before a task is frozen" grep -qE "Seized task|freezing|cg: Set|Dumping task" $work/dump.log
	ok "$1: the tasks live on" tree check $tree
	not_ok_if "$1: there is no checkpoint" ls $images/inventory.img $images/core-*.img
}
start_inside
configure <<<'nonsense'
stopped "test.rules:1:1: "
configure <<<'cgroup_entry captur'
stopped "test.rules:1:14: .*did you mean 'capture'"
configure <<<'when stage == "dump" { cgroup_entry fit cpuset.cpu }'
stopped "test.rules:1:41: .*did you mean 'cpuset.cpus'"
configure "on-eror continue" <<<'cgroup_entry fit'
stopped "rewrite.conf:2: .*did you mean 'on-error'"
configure <<<'include "/etc/criu/nosuch.rules"'
stopped "nosuch.rules: does not exist"
configure "on-error continue" <<<'cgroup_entry captur'
ok "on-error continue: the dump goes on" dump
ok "and says that it does without" grep -q "rewrite: .*test.rules:1:14: .*(on-error continue: dumping without rules)" $work/dump.log
tree gone $tree
rm -rf $images

# They are read once, before; what becomes of the files while tasks are frozen does not count.
start_inside
configure <<<'when stage == "dump" { cgroup_entry capture }'
echo 'when stage == "dump" { nonsense }' >/tmp/later.rules
ok "rules that change during the dump" dump --action-script 'sh -c "[ \$CRTOOLS_SCRIPT_ACTION != network-lock ] || cp /tmp/later.rules /etc/criu/test.rules"'
ok "are run as they were before" grep "rewrite: rewrite-cgroup.img: groups (none) -> 3" $work/dump.log
ok "although they have changed" cmp -s /tmp/later.rules /etc/criu/test.rules
tree gone $tree
rm -rf $images

start_inside
unconfigure
configure <<<'when stage == "dump" { cgroup_entry capture }
require 1 == 2 "this is for the restore"'
ok "dump with capture" dump
ok "says how many groups were recorded" grep "rewrite: rewrite-cgroup.img: groups (none) -> 3" $work/dump.log
ok "into an image" test -s $images/rewrite-cgroup.img
not_ok_if "leaves no temporary file" ls $images/.rewrite-cgroup.img.criu-rewrite
tree gone $tree
is "$(/share/criu-rewrite get $images 'cg_controller_entry.dirs[dir_name="'$group'/in/deep"]//properties[name="pids.max"].value')" \
	'"100"' "which all our tools can read"
is "$(/share/criu-rewrite get $images 'cgroup_entry//properties[name="pids.max"].value')" "" \
	"CRIU's own image has no limits"
clean_v2
tap_end
