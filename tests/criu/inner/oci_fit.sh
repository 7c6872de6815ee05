#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs: the container does not restore as it is, and does with the plugin in CRIU's default
# directory and the front before the runtime, which has no configuration for either.
. /src/tests/criu/inner/oci_lib.sh

here=$(cat $cpuset/cpuset.cpus)
install_front
remove_plugin
unconfigure
unedited
ok "with the CPUs of the other machine in config.json $runtime itself refuses" refused_by_runtime
not_ok_if "before it calls CRIU" test -e $log
oci_clean
restorer=$front/$runtime
ok "without a configuration the front changes nothing: $runtime refuses" refused_by_runtime
ok "config.json is as it was" cmp $bundle/config.json /share/config.json
oci_clean
use_library host-fit
remove_plugin
not_ok_if "with the front, but without the plugin $runtime restore fails" oci_restore
is "$(cpus_of_config)" "$here" "config.json has the CPUs of this machine"
ok "with CRIU's own error" \
	grep "Failed writing 0-[0-9]* to cpuset/*$group/sub/cpuset.cpus: Numerical result out of range" $log
oci_clean
use_library host-fit
ok "$runtime has no configuration for CRIU" test ! -e "/etc/criu/$runtime.conf"
for round in first second; do
	unedited
	ok "$round time: with front and plugin $runtime restore succeeds, nothing edited" oci_restore
	is "$(cat "$cpuset/$group/cpuset.cpus" "$cpuset/$group/sub/cpuset.cpus")" "$(printf '%s\n' "$here" "$here")" \
		"$round time: the container's group and its own one have the CPUs of this machine"
	ok "$round time: the container answers" report 1
	ok "$round time: with the memory that it had" same_memory
	ok "$round time: the log says what was changed and why" \
		grep "rewrite: cgroup.img: cpuset:/$group/sub cpuset.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
	ok "$round time: and what the front has changed" \
		grep "rewrite: config.json: linux.resources.cpu.cpus 0-[0-9]* -> $here (host-fit.rules:[0-9]*)" $log
	is "$(sums)" "$(cat /share/sums)" "$round time: every image is as it was"
	oci_clean
done
unedited
ok "criu-rewrite oci fit does it by hand" criu-rewrite oci fit $bundle/config.json
restorer=$runtime
ok "then $runtime restore succeeds without the front" oci_restore
oci_clean
configure <<<'cgroup_entry.controlers set x=1'
not_ok_if "a broken rule stops $runtime restore" oci_restore
ok "with the line in CRIU's log" grep "Error (rewrite): /etc/criu/test.rules:1:14" $log
oci_clean
unedited
restorer=$front/$runtime
ok "with a broken rule the front leaves it to $runtime to refuse" refused_by_runtime
ok "and config.json as it was" cmp $bundle/config.json /share/config.json
oci_clean
tap_end
