#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs: a container of an OCI runtime, pinned to them, is checkpointed.
. /src/tests/criu/inner/oci_lib.sh

cpus=$(cat $cpuset/cpuset.cpus)
start_container() {
	pin "$cpus" || return
	"$runtime" run -d -b $bundle "$group" </dev/null >"/share/$runtime.out" 2>&1 || return
	appears $out/pids
}

ok "a container of $runtime starts" start_container
is "$(cat "$cpuset/$group/cpuset.cpus")" "$cpus" "pinned by $runtime"
ok "part of it goes to a group of its own" into_sub_group "$group"
ok "it answers" report start
ok "$runtime checkpoint" "$runtime" checkpoint --image-path $images --work-path $work "$group"
sums >/share/sums
cp $bundle/config.json /share/config.json
oci_clean
tap_end
