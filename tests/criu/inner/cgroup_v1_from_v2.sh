#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On cgroup v1: what was dumped on v2, with limits that `capture` recorded.
. /src/tests/criu/inner/cgroup_lib.sh
images=/share/images-v2
cp -r /share/tree-v2/. "$tree/"

remove_plugin
unconfigure
ok "by itself CRIU restores, and mounts v2 beside v1 for it" restore
is "$(place "$(leader)" memory)" / "with no limit at all"
tree stop "$tree"
install_plugin
configure <<<'cgroup_entry recall
cgroup_entry convert
cgroup_entry fit'
ok "with recall, convert and fit it restores" restore
ok "the tree lives" tree check "$tree"
is "$(place "$(leader)" memory) $(place "$(leader)" cpu) $(place "$(leader)" cpuset)" "/pod/ct/in /pod/ct/in /pod/ct/in" \
	"in groups of v1"
is "$(cat "$(dir_of memory)/pod/ct/in/memory.limit_in_bytes")" 67108864 "with the limit of memory"
is "$(cat "$top/cpuset/pod/ct/in/cpuset.cpus")" 0-1 "the CPUs"
is "$(cat "$(dir_of cpu)/pod/ct/in/cpu.shares")" 2451 "and shares of the weight 200"
tree stop "$tree"
tap_end
