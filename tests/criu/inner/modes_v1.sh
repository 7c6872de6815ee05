#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine with v1 that lacks the controller pids, which the checkpoint has; and with groups bound over hierarchies.
. /src/tests/criu/inner/modes.lib.sh

top=/sys/fs/cgroup
all_groups() { find $top -type d -name "$group" 2>/dev/null; }

outcome() {
	local before
	before=$(all_groups)
	if ! restore; then
		[ "$before" = "$(all_groups)" ] && grep -q "Error (rewrite).* is not possible: this host has no controller pids" $log &&
			echo refused || echo failed
	elif [ "$(place memory)" = "$(own_place memory)" ]; then
		echo own
	elif [ "$(place memory) $(cat $top/memory/"$group"/in/memory.limit_in_bytes)" = "/$group 536870912" ]; then
		echo without
	else
		echo "tasks in $(place memory)"
	fi
}

remove_plugin
unconfigure
not_ok_if "without the plugin the restore fails" restore
ok "with CRIU's own error" grep "Can't mount controller dir .*/pids" $log
remove_groups $top/*/"$group"
install_plugin
for mode in $modes; do
	configure <<<"manage-cgroups $mode"
	is "$(outcome)" "$(outcome_of $mode 4)" "$mode, a controller missing"
	stop_tree
	remove_groups $top/*/"$group"
done

# --- containers' groups, bound over every hierarchy -------------------------------------
mkdir /tmp/memory
mount -t cgroup -o memory none /tmp/memory
for h in "$top"/*; do
	mkdir -p "$h/vz/7"
	if [ -e "$h/cpuset.cpus" ]; then
		for g in vz vz/7; do
			cat "$h/cpuset.cpus" >"$h/$g/cpuset.cpus"
			cat "$h/cpuset.mems" >"$h/$g/cpuset.mems"
		done
	fi
	mount --bind "$h/vz/7" "$h"
done
echo 768M >/tmp/memory/vz/7/memory.limit_in_bytes
configure <<'END'
cgroup_entry drop controller pids
manage-cgroups strict, bind
END
ok "bind with groups mounted in place of the hierarchies" restore
ok "makes CRIU use them" grep "rewrite: criu: cgroup-yard (as given) -> $top (test.rules:2)" $log
ok "and says what stands for what" grep "rewrite: cgroup.img: memory group /$group -> / (test.rules:2)" $log
is "$(cat /tmp/memory/vz/7/memory.limit_in_bytes /tmp/memory/vz/7/in/memory.limit_in_bytes)" \
	"$(printf '%s\n' 805306368 536870912)" "keeps what is mounted, makes what is below with its values"
is "$(place memory) $(place cpuset)" "/vz/7 /vz/7" "and has the tasks in it"
not_ok_if "nothing is made beside it" test -e /tmp/memory/"$group"
stop_tree
tap_end
