#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with fewer CPUs and cgroup v2: the container of v1 does not restore as it is, and does with the plugin; the
# one of v2 restores without its limits, and with those that CRIU writes to a group that is there already with the plugin;
# so do groups of its own.
. /src/tests/criu/inner/lxc_lib.sh

top=/sys/fs/cgroup
here=$(cat $top/cpuset.cpus.effective)
limits() { cat $top/$payload/memory.max $top/$payload/pids.max | tr '\n' ' '; }

# --- from v1 --------------------------------------------------------------------------
checkpoint v1
remove_plugin
unconfigure
not_ok_if "v1 to v2: without the plugin lxc-checkpoint -r fails" lxc_restore
ok "with CRIU's own error" grep "Error .*: cg: .*Can't mount controller dir .*: Device or resource busy" $log
lxc_clean
use_library v1-to-v2
ok "with the plugin lxc-checkpoint -r succeeds" lxc_restore
ok "the container answers" report 1
ok "with the memory that it had" same_memory
is "$(wc -l <$top/$payload/sub/cgroup.procs)" 3 "and part of it is in the group of its own"
ok "the log says that the CPUs were too many" \
	grep "rewrite: cgroup.img: v2:/$payload cpuset.cpus 0-[0-9]* -> $here (v1-to-v2.rules:[0-9]*)" $log
ok "every image is as it was" untouched
lxc_clean

# --- from v2 --------------------------------------------------------------------------
checkpoint v2
remove_plugin
unconfigure
ok "v2 to v2: without the plugin lxc-checkpoint -r succeeds" lxc_restore
is "$(limits)" "max max " "but the limits are lost, though they are in LXC's configuration"
lxc_clean
use_library v2-limits
ok "with the plugin it succeeds" lxc_restore
is "$(limits)" "99999744 77 " "with the limits that were recorded"
ok "the container answers" report 1
ok "with the memory that it had" same_memory
ok "the log says what comes back" \
	grep "rewrite: cgroup.img: v2:/$payload memory.max (none) -> 99999744 (v2-limits.rules:[0-9]*): recorded at the dump" $log
is "$(cat $top/$payload/cpuset.cpus)" "" "CRIU writes CPUs to no group that is there already"
ok "every image is as it was" untouched
lxc_clean

# --- groups of its own ------------------------------------------------------------------
checkpoint nested
remove_plugin
unconfigure
ok "groups of its own: without the plugin lxc-checkpoint -r succeeds" lxc_restore
is "$(cat $top/$payload/cgroup.subtree_control)" "" "but they have no limits, nor could have"
lxc_clean
install_plugin
configure <<<'cgroup_entry recall
cgroup_entry fit
cgroup_entry prepare'
ok "with the plugin it succeeds" lxc_restore
is "$(cat $top/$payload/init/cpuset.cpus $top/$payload/work/cpuset.cpus $top/$payload/work/pids.max | tr '\n' ' ')" \
	"$here ${here#*-} 100 " "with their limits, and CPUs of this machine"
is "$(wc -l <$top/$payload/init/cgroup.procs) $(wc -l <$top/$payload/work/cgroup.procs)" "1 3" "each task is in its group"
ok "the container answers" report 1
ok "with the memory that it had" same_memory
ok "the log says that the CPUs were too many" \
	grep "rewrite: cgroup.img: v2:/$payload/work cpuset.cpus 1-[0-9]* -> ${here#*-} (test.rules:2)" $log
ok "and what had to wait" grep "rewrite: values of v2 that wait until the tasks are in their groups: 5" $log
ok "every image is as it was" untouched
lxc_clean
tap_end
