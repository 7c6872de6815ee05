#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# As faults.sh, in dumps that record what CRIU does not save, after a preflight: the records are right, or are not there and the
# log says why, or the dump is refused; the tasks run on, and nothing is left.
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/hierarchies.sh
. /src/tests/criu/inner/faults_lib.sh
around=$group group=$group/ct log=$work/dump.log

prepare_host() {
	install -D <(printf '%s\n' '#!/bin/sh' 'exec /share/criu-rewrite action') /usr/libexec/criu-rewrite/action
	configure "log-level debug" "preflight /etc/criu/facts.json" <<-EOF
		when stage == "dump" {
			cgroup_entry capture
			core_entry capture affinity
			routes capture
		}
	EOF
	/share/criu-rewrite facts --json >/etc/criu/facts.json
}

run_criu() {
	mkdir -p $images
	"$@" criu dump -t "$(leader)" -D $images -W $work -o dump.log -v4 --manage-cgroups --leave-running
}

# What a route holds, are times too.
records() { (cd $images && stat -c '%n %s' rewrite-* && cat rewrite-cgroup.img rewrite-affinity.img); }

left() {
	tree check $tree >/dev/null 2>&1 || echo dead
	[ "$(open_files)" = "$(cat /share/open)" ] || echo descriptors
	[ "$(find $cpuset/"$around" -type d | sort)" = "$(cat /share/groups)" ] || echo groups
	find $images $work -name '.*' -type f
}

right() {
	[ "$(records 2>&1 | cksum)" = "$(cat /share/recorded)" ] ||
		grep -q "Error (rewrite): .*the checkpoint is complete without it" $log || echo not-recorded
	left
}

tidy() { rm -rf $images; }

ok "groups of its own in every hierarchy" each_hierarchy enter
tree groups "$group"
unshare --net sh -c "ip link set lo up; ip route add 10.9.0.0/16 dev lo table 100; sh /src/tests/lab/tree.sh start $tree $group"
taskset -pc 0 "$(leader)" >/dev/null
open_files >/share/open
find $cpuset/"$around" -type d | sort >/share/groups
install_plugin
prepare_host
ok "a tree is dumped" run_criu
is "$(cd $images && echo rewrite-* | sed "s,[0-9],N,")" "rewrite-affinity.img rewrite-cgroup.img rewrite-route-N.img" "with all records"
records | cksum >/share/recorded
tidy
fail_all dump
clean
each_hierarchy leave
tap_end
