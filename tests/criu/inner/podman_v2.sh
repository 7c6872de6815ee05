#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with fewer CPUs and cgroup v2: the container of v1 does not restore as it is, and does with the plugin. What
# it has mounted of v1, which the runtime would have to give it again, it has to do without.
. /src/tests/criu/inner/podman_lib.sh

top=/sys/fs/cgroup
here=$(cat $top/cpuset.cpus.effective)
remove_plugin
unconfigure
ok "cgroup v2: the image" podman load -q -i $image
use_library v1-to-v2
remove_plugin
ok "Podman gets the front" use_front
not_ok_if "with the front, but without the plugin podman container restore fails" podman_restore $archive
ok "with CRIU's own error" grep "Error .*: cg: .*Can't mount controller dir .*: Device or resource busy" $log
podman_clean
use_library v1-to-v2
echo 'mnt_entry[ext_key ~ "/sys/fs/cgroup/*"] delete' >/etc/criu/no-v1-mounts.rules
echo "rules /etc/criu/no-v1-mounts.rules" >>/etc/criu/rewrite.conf
ok "with front and plugin podman container restore succeeds, nothing edited" podman_restore $archive
ct=$(container_group $top)
ok "the container answers" report 1
ok "with the memory that it had" same_memory
is "$(cat "$top/$ct/cpuset.cpus")" "$here" "its group has the CPUs of this machine"
is "$(wc -l <"$top/$ct/sub/cgroup.procs")" 3 "and part of it is in the group of its own"
ok "the log says that the CPUs were too many" \
	grep "rewrite: cgroup.img: v2:/$ct cpuset.cpus 0-[0-9]* -> $here (v1-to-v2.rules:[0-9]*)" $log
ok "and which mounts are gone" grep \
	"rewrite: mountpoints-[0-9]*.img: mnt_entry.*/sys/fs/cgroup/cpuset.* -> (gone) (no-v1-mounts.rules:1)" $log
podman_clean
tap_end
