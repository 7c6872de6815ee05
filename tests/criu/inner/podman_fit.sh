#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs: the container does not restore as it is, and does with the plugin. LONG=1: with every
# half of it alone, and by `apply`.
. /src/tests/criu/inner/podman_lib.sh

here=$(cat $cpuset/cpuset.cpus)
remove_plugin
unconfigure
ok "the image" podman load -q -i $image
ok "with the CPUs of the other machine in the container's configuration $RUNTIME itself refuses" refused_by_runtime $archive
podman_clean
ok "Podman gets the front" use_front
if [ -n "$LONG" ]; then
	use_library host-fit
	remove_plugin
	not_ok_if "with the front, but without the plugin podman container restore fails" podman_restore $archive
	ok "with CRIU's own error" \
		grep "Failed writing 0-[0-9]* to cpuset/.*/sub/cpuset.cpus: Numerical result out of range" $log
	podman_clean
fi
use_library host-fit
ok "with front and plugin podman container restore succeeds, nothing edited" podman_restore $archive
ct=$(container_group $cpuset)
is "$(cat "$cpuset/$ct/cpuset.cpus" "$cpuset/$ct/sub/cpuset.cpus")" "$(printf '%s\n' "$here" "$here")" \
	"the container's group and its own one have the CPUs of this machine"
ok "the container answers" report 1
ok "with the memory that it had" same_memory
ok "the log says what was changed and why" \
	grep "rewrite: cgroup.img: cpuset:/$ct/sub cpuset.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
ok "and what the front has changed" \
	grep "rewrite: config.json: linux.resources.cpu.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
podman_clean
if [ -z "$LONG" ]; then
	tap_end
	exit
fi
leave_front
ok "with the plugin alone $RUNTIME refuses" refused_by_runtime $archive
podman_clean
remove_plugin
plan_warns() {
	criu-rewrite plan $archive >/share/plan 2>&1
	cat /share/plan
	grep "warning: spec.dump: linux.resources.cpu.cpus 0-[0-9]*: .*$RUNTIME: " /share/plan
}
configure <<<'manage-cgroups soft'
ok "without a rule that fits it plan says so beforehand" plan_warns
use_library host-fit
remove_plugin
ok "criu-rewrite apply writes an archive that fits" criu-rewrite apply -o /share/fitted.tar $archive
ok "which restores without plugin and front" podman_restore /share/fitted.tar
podman_clean
tap_end
