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
configure <<<'when stage == "dump" { must cgroup_entry.sets.ctls[name="name=nosuch"] set path="/" }'
ok "a rule that fails at the dump does not lose it" dump
ok "and is told of" grep "Error (rewrite): .*the checkpoint is complete without it" $work/dump.log
tree gone $tree
rm -rf $images

start_inside
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
