#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs: the container does not restore as it is, and does with the plugin.
. /src/tests/criu/inner/podman_lib.sh

here=$(cat $cpuset/cpuset.cpus)
remove_plugin
unconfigure
ok "the image" podman load -q -i $image
ok "with the CPUs of the other machine in the container's configuration $RUNTIME itself refuses" refused_by_runtime $archive
podman_clean
ok "the archive gets those of this machine" fit_archive "$here"
not_ok_if "without the plugin podman container restore fails" podman_restore
ok "with CRIU's own error" \
	grep "Failed writing 0-[0-9]* to cpuset/.*/sub/cpuset.cpus: Numerical result out of range" $log
podman_clean
use_library host-fit
ok "with the plugin podman container restore succeeds" podman_restore
ct=$(container_group $cpuset)
is "$(cat "$cpuset/$ct/cpuset.cpus" "$cpuset/$ct/sub/cpuset.cpus")" "$(printf '%s\n' "$here" "$here")" \
	"the container's group and its own one have the CPUs of this machine"
ok "the container answers" report 1
ok "with the memory that it had" same_memory
ok "the log says what was changed and why" \
	grep "rewrite: cgroup.img: cpuset:/$ct/sub cpuset.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
podman_clean
tap_end
