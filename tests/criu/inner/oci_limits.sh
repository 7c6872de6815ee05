#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cgroup v2: a container that has groups of its own, with limits. Its runtime puts processes into the group above them, before
# CRIU or after it, and with v2-limits.rules the limits come back all the same.
. /src/tests/criu/inner/oci_lib.sh

top=/sys/fs/cgroup ct=/sys/fs/cgroup/$group

# Like the runtime's cgroupsPath, with or without a cgroup namespace.
bundle() { rm -rf $bundle && sh /src/tests/lab/bundle.sh $tree "$group" "" "" $1; }

# The first task goes to the group a, the others to b.
split() {
	local pid to=a
	mkdir "$ct/a" "$ct/b" || return
	for pid in $(cat "$ct/cgroup.procs"); do
		echo "$pid" >"$ct/$to/cgroup.procs" || return
		to=b
	done
	echo "+memory +pids" >"$ct/cgroup.subtree_control" &&
		echo 200M >"$ct/a/memory.max" && echo 50 >"$ct/b/pids.max"
}
start_container() {
	"$runtime" run -d -b $bundle "$group" </dev/null >"/share/$runtime.out" 2>&1 && appears $out/pids && split
}
checkpoint() { "$runtime" checkpoint --image-path "$1" --work-path $work "$group"; }

state() { echo "a $(wc -l <"$ct/a/cgroup.procs") $(cat "$ct/a/memory.max"), b $(wc -l <"$ct/b/cgroup.procs") $(cat "$ct/b/pids.max")"; }
# crun's limits come some ms after its end.
state_is() { timeout 12 bash -c "ct=$ct; $(declare -f state); until [ \"\$(state 2>/dev/null)\" = '$1' ]; do sleep 0.05; done" || ! state; }
fail_late() {
	env CRIU_FAULT=6 "$runtime" restore -d -b $bundle --image-path $images --work-path $work "$group" </dev/null ||
		! sleep 0.5
}
groups_left() { find "$ct" -type d 2>/dev/null | tr '\n' ' '; }
frozen() { timeout 12 sh -c 'until [ "$(cat "$1/a/cgroup.freeze" "$1/b/cgroup.freeze" | xargs)" = "1 1" ]; do sleep 0.1; done' sh "$ct"; }
thaw() { echo 0 >"$ct/a/cgroup.freeze" && echo 0 >"$ct/b/cgroup.freeze"; }
others() { ps -e -o comm= | grep -c '^criu'; }

# What was used before memory was switched on stays with the container's group (doc/runtimes.md).
used() { for g in "" /a /b; do echo $(($(cat "$ct$g/memory.current") / 1024)); done | tr '\n' ' '; }
charged() { read -r all a b < <(used); echo "KiB of the container, a, b: $all $a $b"; [ $((a + b)) -lt $((all / 2)) ]; }

# crun, and runc from 1.2 on, name the container's group to CRIU as that of all (doc/upstream.md).
folded() { [ -z "$namespace" ] && grep -q "cg: rewriting .*$group/[ab] to " $log; }

full="a 1 209715200, b 3 50"
for namespace in "" cgroup; do
	name="$runtime${namespace:+ with a cgroup namespace}"
	use_library v2-limits
	rm -rf $images $work/second
	mkdir -p $images $work/second
	bundle "$namespace"
	ok "$name: a container with groups and limits" start_container
	is "$(state)" "$full" "which are in place"
	ok "checkpoint" checkpoint $images
	oci_clean

	ok "restore with v2-limits.rules" oci_restore
	if folded; then
		skip "$name: limits" "the runtime has CRIU put all tasks into the container's group"
	else
		ok "every limit is back, and every task in its group" state_is "$full"
		is "$(cat "$ct/cgroup.procs")" "" "none of them in the one above"
		[ -z "$LONG" ] || ok "memory that was in use is charged to the one above" charged
		is "$(tr ' ' '\n' <"$ct/cgroup.subtree_control" | grep -cx 'memory\|pids')" 2 "which hands the controllers on"
	fi
	is "$(others)" 0 "nothing is left running"
	ok "a second checkpoint" checkpoint $work/second
	oci_clean

	not_ok_if "a restore that fails late" fail_late
	is "$(groups_left | tr ' ' '\n' | grep /$group/)" "" "leaves none of the groups"
	is "$(others)" 0 "and no process"
	oci_clean
done

if [ -z "$LONG" ]; then
	tap_end
	exit
fi
# criu itself is in the group above them, or goes to one of them.
echo 'cgroup_entry//properties[name="cgroup.freeze"] set value="1"' >/etc/criu/frozen.rules
echo "rules /etc/criu/frozen.rules" >>/etc/criu/rewrite.conf
ok "$name: restore of frozen groups" oci_restore
ok "they are frozen in the end" frozen
is "$(cat "$ct/cgroup.freeze")" 0 "the container's own group is the runtime's"
ok "with their limits" state_is "$full"
ok "and thaw" thaw
ok "a checkpoint of them" checkpoint $work/second
is "$(others)" 0 "nothing is left running"
oci_clean
tap_end
