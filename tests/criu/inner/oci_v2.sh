#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with fewer CPUs and cgroup v2: the container of v1 does not restore as it is, and does with plugin and front.
. /src/tests/criu/inner/oci_lib.sh

top=/sys/fs/cgroup
here=$(cat $top/cpuset.cpus.effective)
install_front
remove_plugin
unconfigure
unedited
use_library v1-to-v2
remove_plugin
restorer=$front/$runtime
not_ok_if "cgroup v2: with the front, but without the plugin $runtime restore fails" oci_restore
ok "with CRIU's own error" grep "Error .*: cg: .*Can't mount controller dir .*: Device or resource busy" $log
oci_clean
use_library v1-to-v2
unedited
ok "with front and plugin $runtime restore succeeds, nothing edited" oci_restore
ok "the container answers" report 1
ok "with the memory that it had" same_memory
is "$(cat "$top/$group/cpuset.cpus")" "$here" "its group has the CPUs of this machine"
is "$(wc -l <"$top/$group/sub/cgroup.procs")" 3 "and part of it is in the group of its own"
ok "the log says which controllers became one" \
	grep "rewrite: cgroup.img: v2 controller .*cpuset.* -> v2 (v1-to-v2.rules:[0-9]*)" $log
ok "that the CPUs were too many" \
	grep "rewrite: cgroup.img: v2:/$group cpuset.cpus 0-[0-9]* -> $here (v1-to-v2.rules:[0-9]*)" $log
ok "in the spec, too" \
	grep "rewrite: config.json: linux.resources.cpu.cpus 0-[0-9]* -> $here (v1-to-v2.rules:[0-9]*)" $log
ok "and what cannot be" grep \
	"rewrite: cgroup.img: v2:/$group/sub cpuset.cpus 0-[0-9]* -> (gone) .*: a group above has tasks" $log
is "$(sums)" "$(cat /share/sums)" "every image is as it was"
oci_clean
unedited
restorer=$runtime
ok "with the plugin, but without the front $runtime itself refuses" refused_by_runtime
oci_clean
tap_end
