#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where criu-rewrite is installed: a checkpoint of a machine with more CPUs restores, and does not once it is switched off.
. /src/tests/criu/inner/lib.sh

here=$(cat $cpuset/cpuset.cpus)
mkdir -p /etc/criu
ln -s /dev/null /etc/criu/rewrite.conf
not_ok_if "switched off, the restore fails" restore
ok "with CRIU's own error" grep "Failed writing 0-[0-9]* to cpuset/*$group/cpuset.cpus: Numerical result out of range" $log
clean
rm /etc/criu/rewrite.conf
ok "as installed, it succeeds" restore
is "$(cpus)" "$(printf '%s\n' " $here" "/in $here" "/in/deep $here")" "with the CPUs of this machine"
ok "and the log says why" grep -q "rewrite: cgroup.img: cpuset:/$group cpuset.cpus 0-3 -> $here (default.rules:" $log
ok "the tree lives" tree check $tree
clean
tap_end
