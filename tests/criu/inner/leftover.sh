#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Groups of an earlier restore, which criu's command line leaves behind with their limits: the next restore of tasks with a
# cgroup namespace comes through the uppermost of them.
. /src/tests/criu/inner/limits.sh

deep=$top/$group/in/deep
recall='cgroup_entry recall
cgroup_entry prepare'
marks() { python3 -c 'import os, sys; print(sum("trusted.criu-rewrite" in os.listxattr(d[0]) for d in os.walk(sys.argv[1])))' $top/"$group"; }
handed() { for g in $nested; do tr -d '\n' <$top/"$g"/cgroup.subtree_control; printf /; done; }
left() { limits_now; handed; }
restore_again() { tree stop $tree && restore; }

rm -rf $images
install_plugin
mkdir -p "$deep"
(
	echo $BASHPID >$top/"$group"/cgroup.procs
	exec unshare -C sh /src/tests/lab/tree.sh start $tree
) >/dev/null
for pid in $(pids); do echo "$pid" >"$deep"/cgroup.procs; done
limit_groups
remember_tree
as_dumped=$(left)
configure <<<'when stage == "dump" { cgroup_entry capture }'
ok "a tree in a cgroup namespace is dumped" dump
tree gone $tree
clean_v2

# --- as it was ---------------------------------------------------------------------
configure <<<"$recall"
ok "its limits come back" restore
ok "into its groups" inside
is "$(left)" "$as_dumped" "all of them"
tree stop $tree
unconfigure
not_ok_if "without rules the next restore, into the groups that are left, fails" restore
ok "since the group that the tasks come through hands controllers on" grep "cgroup.procs: Device or resource busy" $log
is "$(left)" "$as_dumped" "and leaves them as they were"

# --- cleared -----------------------------------------------------------------------
configure <<<"$recall"
ok "with prepare it succeeds" restore
is "$(left)" "$as_dumped" "with all limits"
ok "the tasks are inside" inside
ok "the tree lives" tree check $tree
is "$(marks)" 0 "no mark is left"
ok "the log says what was done" grep \
	"rewrite: host: v2:/$group cgroup.subtree_control cpu memory pids -> (gone) (test.rules:2): until the tasks are in their groups" $log
mkdir "$deep"/own
echo 60M >"$deep"/memory.max
echo 77 >$top/"$group"/in/pids.max
as_now=$(left)
ok "once more, where somebody has changed limits and made a group" restore_again
is "$(left)" "$as_now" "the groups are this host's: they keep what they have"
configure <<<"$recall
manage-cgroups full"
ok "in mode full" restore_again
is "$(left)" "$as_dumped" "they get the checkpoint's"
rmdir "$deep"/own

# --- failing --------------------------------------------------------------------------
tree stop $tree
configure <<<"$recall"
echo 60M >"$deep"/memory.max
as_now=$(left)
echo $(($(leader) - 1)) >/proc/sys/kernel/ns_last_pid
sleep 100 &
not_ok_if "a restore fails over a pid" restore
is "$(left)" "$as_now" "and the groups have what they had"
is "$(marks)" 0 "without a mark"
kill %1
wait
cat >/tmp/no <<'END'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" != post-restore ]
END
chmod +x /tmp/no
not_ok_if "one fails when the tasks are there" restore --action-script /tmp/no
is "$(left)" "$as_now" "and the groups have what they had"
sed 's/!= .*/!= pre-restore ] || kill -9 $PPID/' /tmp/no >/tmp/kill
chmod +x /tmp/kill
not_ok_if "one is killed" restore --action-script /tmp/kill
tree stop $tree
is "$(marks)" 3 "the groups know it"
ok "so the next" restore
is "$(left)" "$as_dumped" "gives them the checkpoint's limits"
is "$(marks)" 0 "without a mark"

clean_v2
tap_end
