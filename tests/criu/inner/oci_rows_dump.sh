#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs and cgroup v2: a container pinned to them is checkpointed.
. /src/tests/criu/inner/oci_lib.sh
images=/share/images.$runtime

start_container() {
	rm -rf "${out:?}"/*
	pin 0-3 || return
	"$runtime" run -d -b $bundle "$group" </dev/null >"/share/$runtime.out" 2>&1 || return
	appears $out/pids
}

ok "a container of $runtime starts on 4 CPUs, cgroup v2" start_container
is "$(cat "/sys/fs/cgroup/$group/cpuset.cpus")" 0-3 "pinned by $runtime"
ok "$runtime checkpoint" "$runtime" checkpoint --image-path $images --work-path $work "$group"
oci_clean
tap_end
