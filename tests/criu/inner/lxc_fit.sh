#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs: the container does not restore as it is, and does with the plugin. LXC has no
# configuration for it.
. /src/tests/criu/inner/lxc_lib.sh

here=$(cat $cpuset/cpuset.cpus)
checkpoint v1
remove_plugin
unconfigure
not_ok_if "without the plugin lxc-checkpoint -r fails" lxc_restore
ok "with CRIU's own error" \
	grep "Failed writing 0-[0-9]* to cpuset/*$payload/sub/cpuset.cpus: Numerical result out of range" $log
lxc_clean
use_library host-fit
ok "with the plugin lxc-checkpoint -r succeeds" lxc_restore
is "$(cat $cpuset/$payload/cpuset.cpus $cpuset/$payload/sub/cpuset.cpus)" "$(printf '%s\n' "$here" "$here")" \
	"the container's group and its own one have the CPUs of this machine"
ok "the container answers" report 1
ok "with the memory that it had" same_memory
ok "the log says what was changed and why" \
	grep "rewrite: cgroup.img: cpuset:/$payload/sub cpuset.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
ok "every image is as it was" untouched
lxc_clean
tap_end
