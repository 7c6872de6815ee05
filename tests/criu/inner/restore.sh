#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restores a checkpoint of the tree on the kernel that this runs on, rewritten by the plugin, in all the ways in which
# that could go wrong. Group and CPUs are those of this machine: a rule changes them.
. /src/tests/criu/inner/lib.sh

all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
to_one="cgroup_entry.controllers[\"cpuset\" in cnames]//properties[name=\"cpuset.cpus\"] set value=$one"
was=$(printf '%s\n' " $all" "/in $all" "/in/deep $all")
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")

make_checkpoint() {
	tree groups "$group" && tree start "$tree" "$group" && open_files >/share/open_files && dump &&
		tree gone "$tree" && tree clean "$group"
}

restored() { # CPUS
	[ "$(cpus)" = "$1" ] && tree check "$tree"
}

# --- the plugin without rules ------------------------------------------------
install_plugin
unconfigure
ok "dump with the plugin and no configuration" make_checkpoint
sums >/share/sums
not_ok_if "which is silent in the log" grep -q "rewrite:" $work/dump.log
ok "restore with no configuration" restore
is "$(cpus)" "$was" "restores what was dumped"
not_ok_if "and is silent in the log" grep -q "rewrite:" $log
clean
cp $log /share/restore-plain.log

# --- rules --------------------------------------------------------------------
for view in auto detached namespace; do
	configure "view $view" <<<"$to_one"
	traces >/share/traces
	restore
	status=$?
	if [ $view = detached ] && grep -q "this kernel cannot mount onto detached mounts" $log; then
		skip "view detached" "this kernel ($(uname -r)) cannot mount onto detached mounts"
		no_detached=1
		clean
		continue
	fi
	is $status 0 "view $view: restore with a rule"
	is "$(cpus)" "$is_one" "view $view: group and sub-groups have the new CPUs"
	ok "view $view: the tree lives" tree check $tree
	is "$(sums)" "$(cat /share/sums)" "view $view: every image is as it was"
	is "$(open_files)" "$(cat /share/open_files)" "view $view: tasks hold the files they held"
	is "$(traces)" "$(cat /share/traces)" "view $view: no mount and no file is left"
	is "$(grep -c "rewrite: cgroup.img: controllers\[cpuset\].*cpuset.cpus.* $all -> $one (test.rules:1)" $log)" 3 \
		"view $view: one line for each change"
	not_ok_if "view $view: no error from the plugin" grep -q "Error (rewrite)" $log
	clean
done
configure "log-level debug" <<<"when count(host.cpus) > 0 { $to_one }
mm_entry[mm_brk=1] delete"
ok "log-level debug: restore" restore
for line in "rules of /etc/criu/test.rules" "host.cpus is [0-9]+" "test.rules:2: .*matched" "[0-9]+ changes in 1 image took [0-9]+ us"; do
	ok "log-level debug: $line" grep -E "rewrite: .*$line" $log
done
clean
configure "log-level none" <<<"$to_one"
ok "log-level none: restore" restore
is "$(cpus)" "$is_one" "log-level none: with the new CPUs"
not_ok_if "log-level none: and not a line" grep -q "rewrite: " $log
clean
# The tree is there already, so its pids are taken: CRIU fails after it has seen the new images.
for view in auto namespace; do
	configure "view $view" <<<"$to_one"
	restore
	traces | grep -v cgyard >/share/traces
	not_ok_if "view $view: a second restore beside the first fails" restore
	ok "view $view: after the rewriting" grep -q "rewrite: cgroup.img" $log
	is "$(traces | grep -v cgyard)" "$(cat /share/traces)" "view $view: and leaves no mount and no file"
	is "$(sums)" "$(cat /share/sums)" "view $view: and every image as it was"
	clean
done

# Under a container's seccomp filter; when it forbids both ways, one line says why.
filtered() { # VIEW kill|ERROR CALLS
	configure "view $1" <<<"$to_one"
	python3 /src/tests/criu/inner/seccomp.py "$2" "$3" \
		criu restore -d -D $images -W $work -o restore.log -v4 --manage-cgroups
}
for call in open_tree fsopen fsmount move_mount; do
	ok "view auto: restore where $call is forbidden" filtered auto EPERM $call
	ok "view auto: with the new CPUs" restored "$is_one"
	clean
done
traces | grep -v cgyard >/share/traces
not_ok_if "view auto: no restore where all calls of both ways are forbidden" \
	filtered auto EPERM open_tree,fsopen,fsmount,move_mount,unshare
is "$(grep -c "Error (rewrite): .*view detached: .*not permitted; view namespace: .*not permitted; " $log)" 1 \
	"view auto: with one line that says why each way failed"
not_ok_if "view detached: no restore where its calls are forbidden" filtered detached EPERM open_tree
ok "view detached: with its own error" grep -q "Error (rewrite): view detached .*not permitted" $log
not_ok_if "view namespace: no restore where its calls are forbidden" filtered namespace EPERM unshare
ok "view namespace: with its own error" grep -q "Error (rewrite): view namespace .*not permitted" $log
is "$(traces | grep -v cgyard)" "$(cat /share/traces)" "all that leaves no mount and no file"
not_ok_if "and no group" test -e $cpuset/"$group"

configure <<<"$to_one"
ok "twenty restores of one checkpoint in a row" bash -c '
	. /src/tests/criu/inner/lib.sh
	for i in $(seq 20); do
		restore || { tail $log; exit 1; }
		case "$(cpus)" in " '"$one"'"*) ;; *) echo "round $i: $(cpus)"; exit 1 ;; esac
		clean || exit
	done'
is "$(sums)" "$(cat /share/sums)" "after which every image is as it was"

# --- the image directory --------------------------------------------------------
mount --bind $images $images && mount -o remount,bind,ro $images
for view in auto namespace; do
	configure "view $view" <<<"$to_one"
	ok "view $view: restore from a read-only directory" restore
	ok "view $view: with the new CPUs" restored "$is_one"
	clean
done
umount $images

# Half replaced, as apply --in-place leaves it when it is killed (tests/cli/test_interrupted.sh).
half=$work/half
record=decided.criu-rewrite
rm -rf $half && cp -a $images $half
printf 'cgroup.img\0' >$half/.$record
cp $images/cgroup.img $half/.cgroup.img.criu-rewrite
configure <<<"$to_one"
of_half() { criu restore -d -D $half -W $work -o restore.log -v4 --manage-cgroups; }
ok "replacing was decided and not begun: what is there is restored" of_half
clean
mv $half/inventory.img $half/.inventory.img.criu-rewrite
not_ok_if "half replaced images are not restored" of_half
case $(criu --version | sed -n 's/^Version: //p') in
4.[1-9]*) ok "CRIU finds no inventory" grep -q "Error .*: Unexpected EOF on (empty-image)" $log ;;
*) ok "the plugin says what to do" grep -q "Error (rewrite): .*replacing images was interrupted in this directory" $log ;;
esac
not_ok_if "and no group is made" test -e $cpuset/"$group"
ok "criu-rewrite restore finishes it and restores" /share/criu-rewrite restore --lib /share/rewrite.so -d -D $half -W $work \
	-o restore.log --manage-cgroups
ok "nothing is left of it" test -e $half/inventory.img -a ! -e $half/.$record
is "$(cpus)" "$is_one" "and it is rewritten"
clean
rm -rf $half

# In a pid namespace each, so that both have their pids; one group is the other's brother.
two_at_once() {
	local status=0
	for n in 1 2; do
		mkdir -p $work/$n
		unshare --pid --fork --mount-proc --kill-child bash -c "
			criu restore -d -D $images -W $work/$n -o restore.log -v4 --manage-cgroups \
				--cgroup-root cpuset:/$group-$n && sleep 1 && kill -0 \$(sed -n 's/^leader //p' $tree/pids)" &
	done
	for job in $(jobs -p); do wait "$job" || status=1; done
	[ $status = 0 ] || grep -h Error $work/[12]/restore.log
	return $status
}
configure <<<"$to_one"
ok "two restores from one directory at the same time" two_at_once
is "$(cat $cpuset/"$group"-[12]/cpuset.cpus)" "$one
$one" "both with the new CPUs"
for n in 1 2; do tree clean "$group-$n"; done

# --- what stops a restore ----------------------------------------------------------
configure <<<'cgroup_entry.controlers set x=1'
not_ok_if "a broken rule stops the restore" restore
is "$(grep -c "Error (rewrite): /etc/criu/test.rules:1:14: .*controllers" $log)" 1 \
	"with one line that has file, line and remedy"
not_ok_if "before any group was made" test -e $cpuset/"$group"

# The same as an RPC answer: CRIU as libcriu and the runtimes run it.
rpc() { python3 /src/tests/criu/inner/rpc.py "$images" "$work" rpc.log; }
answer=$(rpc 2>&1)
# CRIU answers with its first error, and here that may be one that it survives.
if [[ $answer == *"Can't setup RLIMIT_NOFILE"* ]]; then
	skip "which is the error of the RPC answer too" "CRIU lacks CAP_SYS_RESOURCE here and answers with that"
else
	is "$(grep -c "Error (rewrite): /etc/criu/test.rules:1:14: .*controllers" <<<"$answer")" 1 \
		"which is the error of the RPC answer too"
	[[ $answer == *"test.rules:1:14"* ]] || printf '%s\n' "$answer" | sed 's/^/# /'
fi
configure <<<"$to_one"
ok "the same request restores with a good rule" grep -q "^restored" <(rpc 2>&1)
is "$(cpus)" "$is_one" "rewritten"
clean

configure "on-error continue" <<<'cgroup_entry.controlers set x=1'
ok "on-error continue restores without rewriting" restore
is "$(cpus)" "$was" "as it was dumped"
ok "and says so" grep -q "rewrite: .*test.rules:1:14.*restoring without rewriting" $log
clean

configure <<<'must core_entry[pid=1].tc set exit_code=1'
not_ok_if "a rule that must match and does not stops the restore" restore
ok "by name" grep -q "Error (rewrite): /etc/criu/test.rules:1:" $log

chmod o+w /etc/criu/test.rules
not_ok_if "rules that others may write stop the restore" restore
ok "by name, with the remedy" grep -q "Error (rewrite): /etc/criu/test.rules: .*chmod" $log

# --- images that CRIU has read already ------------------------------------------------
late=$(case $(criu --version | sed -n 's/^Version: //p') in 4.[1-9]*) echo 1 ;; esac)
configure <<<'inventory_entry set fdinfo_per_id=true, pre_dump_mode=1'
restore
status=$?
if [ -n "$late" ]; then
	is $status 1 "a rule on inventory.img is refused by this CRIU"
	ok "by name, with the remedy" grep -q "Error (rewrite): .*inventory.img: .*criu-rewrite apply" $log
	not_ok_if "before any group was made" test -e $cpuset/"$group"
else
	is $status 0 "a rule on inventory.img works with this CRIU"
	ok "and is in the log" grep -q "rewrite: inventory.img: pre_dump_mode" $log
	clean
fi

# --- the mode -----------------------------------------------------------------------------
while read -r mode bits groups; do
	configure <<<"manage-cgroups $mode"
	[ "$groups" != there ] || tree groups "$group"
	ok "manage-cgroups $mode: restore" restore
	is "$(grep -o 'cgroups restore mode 0x[0-9a-f]*' $log)" "${bits:+cgroups restore mode $bits}" \
		"manage-cgroups $mode is set in the running restore"
	clean
done <<-EOF
	none 0x1 there
	props 0x2 there
	soft 0x4
	full 0x8
	ignore
EOF

# --- killed in the middle -------------------------------------------------------------------
# At each of the calls that make the view: CRIU itself (159: SIGSYS of the filter) or the helper of the plugin.
traces | grep -v cgyard >/share/traces
while read -r call view status; do
	[ "$call" != move_mount ] || [ -z "${no_detached-}" ] || continue
	filtered "$view" kill "$call" 2>/dev/null
	is $? "$status" "killed at $call, it ends"
	[ "$status" = 159 ] || ok "by name" grep -q "Error (rewrite): view $view .*the helper was killed" $log
	is "$(traces | grep -v cgyard)" "$(cat /share/traces)" "leaves no mount and no file"
	is "$(sums)" "$(cat /share/sums)" "and every image as it was"
	if [ -d "$cpuset/$group" ]; then tree clean "$group"; fi
done <<-EOF
	open_tree auto 159
	fsmount auto 159
	move_mount auto 159
	dup3 auto 159
	unshare namespace 1
	umount2 namespace 1
EOF
configure <<<"$to_one"
ok "after all that the checkpoint restores" restore
ok "with the new CPUs" restored "$is_one"
clean
tap_end
