#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On another machine: what capture.sh recorded comes back, and what was made for it goes when the restore fails.
. /src/tests/criu/inner/limits.sh

deep=$top/$group/in/deep
has_mark() { python3 -c 'import os, sys; sys.exit("trusted.criu-rewrite" not in os.listxattr(sys.argv[1]))' "$1"; }
recall='cgroup_entry recall
cgroup_entry prepare'
# The groups that a restore would make.
plan_groups() {
	CRIU_REWRITE_CONF=/etc/criu/rewrite.conf /share/criu-rewrite plan /share/images |
		sed -n 's/^host: \(.*\) group (none) -> made.*/\1/p' | tr '\n' ' '
}

# --- before -------------------------------------------------------------------
remove_plugin
unconfigure
ok "stock CRIU restores" restore
lost=$(limits_now)
not_ok_if "but the limits are lost" test "$lost" = "$limits"
is "$(limits_now | grep pids.max)" "pids.max max none none" "any number of tasks, and no way to limit them"
clean_v2

# --- after --------------------------------------------------------------------
install_plugin
configure <<<"$recall"
ok "restore with recall and prepare" restore
is "$(limits_now)" "$limits" "every limit of the three groups is back"
ok "the tasks are inside" inside
ok "the tree lives" tree check $tree
is "$(stat -c '%u:%g %a' $deep)" "1000:1001 750" "owner and mode of a group"
is "$(stat -c '%u:%g' $deep/cgroup.procs)" 1000:1001 "and of its files"
ok "the log says what was recorded" grep "rewrite: cgroup.img: v2:/$group/in/deep pids.max (none) -> 100 (test.rules:1): recorded at the dump" $log
ok "and what was made" grep "rewrite: host: v2:/$group/in/deep pids.max (none) -> 100 (test.rules:2)" $log
not_ok_if "no mark is left" has_mark $deep
clean_v2

configure <<<"$recall
manage-cgroups full"
ok "CRIU's full after prepare" restore
is "$(limits_now)" "$limits" "leaves the limits as they are"
clean_v2
configure <<<"$recall
manage-cgroups strict"
ok "strict before prepare" restore
is "$(limits_now)" "$limits" "finds nothing, and CRIU does not stop at what was prepared"
clean_v2
configure <<<"$recall
manage-cgroups none"
ok "none, with all groups prepared" restore
is "$(limits_now)" "$limits" "has all that it wants"
clean_v2
is "$(plan_groups)" "v2:/$group v2:/$group/in v2:/$group/in/deep " "plan shows the groups"
is "$(groups_left)" "" "and makes none"

# --- failing restores -----------------------------------------------------------
# A pid of the checkpoint that somebody else has.
echo $(($(leader) - 1)) >/proc/sys/kernel/ns_last_pid
sleep 100 &
not_ok_if "a restore fails over a pid" restore
ok "after the groups were made" grep "rewrite: host: v2:/$group/in/deep group (none) -> made" $log
is "$(groups_left)" "" "and they are gone"
mkdir -p $top/"$group"/in
echo 250 >$top/"$group"/pids.max
not_ok_if "a restore fails where some were there" restore
is "$(groups_left)" "$(printf '%s\n' $top/"$group" $top/"$group"/in)" "and those are still there"
is "$(cat $top/"$group"/pids.max)" 250 "as they were"
kill %1
wait
rmdir $top/"$group"/in $top/"$group"

# --- killed in the middle ---------------------------------------------------------
cat >/tmp/kill <<'END'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" != pre-restore ] || kill -9 $PPID
END
chmod +x /tmp/kill
not_ok_if "a restore that is killed" restore --action-script /tmp/kill
is "$(groups_left | wc -l)" 3 "leaves its groups behind"
echo 7 >$deep/pids.max
ok "the next restore" restore
is "$(limits_now)" "$limits" "takes them for its own"
ok "the tree lives in them" tree check $tree
clean_v2
not_ok_if "killed once more" restore --action-script /tmp/kill
echo $(($(leader) - 1)) >/proc/sys/kernel/ns_last_pid
sleep 100 &
not_ok_if "a restore that fails after one that was killed" restore
is "$(groups_left)" "" "removes the groups of both"
kill %1
wait
# Between making a group and marking it (doc/limits.md): nobody can tell it from a group of the host.
python3 /src/tests/criu/inner/seccomp.py kill fsetxattr \
	criu restore -d -D $images -W $work -o restore.log -v4 --manage-cgroups 2>/dev/null
is $? 159 "a restore that is killed before it has marked its first group"
is "$(groups_left)" $top/"$group" "leaves that one"
is "$(plan_groups)" "v2:/$group/in v2:/$group/in/deep " "which plan does not show among those that are made"
rmdir $top/"$group"
ok "without it, the next restore" restore
is "$(limits_now)" "$limits" "has all limits"
clean_v2

# --- what cannot be ----------------------------------------------------------------
mkdir $top/"$group"
sleep 100 &
echo $! >$top/"$group"/cgroup.procs
ok "a group of the host with tasks in it" restore
ok "cannot hand on its controllers: the log says which and why" grep \
	"rewrite: host: v2:/$group/in pids.max 200 -> (gone) .*: tasks are in v2:/$group, so the groups below cannot have pids" $log
is "$(cat $top/"$group"/cgroup.type)" domain "and the group is what it was"
ok "the tasks are inside" inside
kill %1
wait
clean_v2

tap_end
