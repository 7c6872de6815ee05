#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every mode with groups that are there and that are not. The value is cgroup.max.descendants, which CRIU saves: 7 and 5
# in the checkpoint, 99 on this machine.
. /src/tests/criu/inner/modes.lib.sh

top=/sys/fs/cgroup
outer=$top/$group
inner=$outer/in
value() { cat "$1/cgroup.max.descendants" 2>/dev/null; }

make_checkpoint() {
	mkdir -p $inner
	echo 7 >$outer/cgroup.max.descendants
	echo 5 >$inner/cgroup.max.descendants
	tree start $tree
	for pid in $(pids); do echo "$pid" >$inner/cgroup.procs; done
	# CRIU saves groups of tasks and what is below them: the outer one has a task too.
	leader >$outer/cgroup.procs
	unconfigure
	dump
	tree gone $tree
	remove_groups $outer
}

is_there() { # nothing, group or both
	[ "$1" = nothing ] || { mkdir $outer && echo 99 >$outer/cgroup.max.descendants; }
	[ "$1" != both ] || { mkdir $inner && echo 99 >$inner/cgroup.max.descendants; }
}

# What became of one group: its value in the checkpoint, was it there?
fate() {
	case $(value "$1")/$3 in
	99/there) echo kept ;;
	"$2"/there) echo set ;;
	"$2"/missing) echo made ;;
	*) echo "strange ($(value "$1"), $3)" ;;
	esac
}

outcome() {
	local was_outer=missing was_inner=missing before
	if [ -d $outer ]; then was_outer=there; fi
	if [ -d $inner ]; then was_inner=there; fi
	before=$(find $outer -type d 2>/dev/null)
	if ! restore; then
		[ "$before" = "$(find $outer -type d 2>/dev/null)" ] && grep -q "Error (rewrite).* is not possible: " $log &&
			echo refused || echo failed
	elif [ "$(place '')" = "$(own_place '')" ]; then
		echo own
	elif [ "$(place '')" = "/$group" ]; then
		echo "$(fate $outer 7 $was_outer), $(fate $inner 5 $was_inner)"
	else
		echo "tasks in $(place '')"
	fi
}

make_checkpoint
for mode in $modes; do
	configure <<<"manage-cgroups $mode"
	column=0
	for there in nothing group both; do
		column=$((column + 1))
		is_there $there
		is "$(outcome)" "$(outcome_of $mode $column)" "$mode, $there there"
		stop_tree
		remove_groups $outer
	done
done

configure <<'END'
manage-cgroups full
manage-cgroups strict, bind, opport
END
is_there nothing
ok "a list" restore
ok "overrides what came before, which is said" \
	grep "rewrite: criu: manage-cgroups full -> strict, bind, opport (test.rules:2): overrides line 1 of /etc/criu/test.rules" $log
ok "its first mode that can be is taken" grep "rewrite: criu: manage-cgroups (as given) -> strict (test.rules:2)" $log
ok "by CRIU" grep "cgroups restore mode 0x10" $log
stop_tree
remove_groups $outer
is_there both
ok "with groups there" restore
ok "it is another" grep \
	"rewrite: criu: manage-cgroups (as given) -> bind (test.rules:2): strict is not possible: v2:/$group exists" $log
stop_tree
remove_groups $outer

# --- a container's group, bound over everything --------------------------------------
mkdir -p $top/vz/7
echo 99 >$top/vz/7/cgroup.max.descendants
mkdir /tmp/all
mount -t cgroup2 none /tmp/all
mount --bind $top/vz/7 $top
configure <<<"manage-cgroups bind"
ok "bind with a group mounted in place of the hierarchy" restore
is "$(value /tmp/all/vz/7) $(value /tmp/all/vz/7/in)" "99 5" "keeps what is mounted, makes what is below"
is "$(place '')" /vz/7 "and has the tasks in it"
not_ok_if "nothing is made beside it" test -e /tmp/all/"$group"
stop_tree
umount $top
tap_end
