#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# apply when the system fails it: each system call in turn fails, or is the last one before a kill -9. In place, the
# checkpoint is the old or the new one, or has no inventory, until the next command; a new directory is complete or empty; no
# fault is passed over in silence.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
# shellcheck source=tests/cli/image
. "$top/tests/cli/image"
program=${PROGRAM:-$top/build/criu-rewrite}
[ -x "$program" ] || { echo "SKIP: there is no $program; run make"; exit 77; }
umask 022
unset CRIU_REWRITE_CONF
work=$(mktemp -d /tmp/criu-rewrite-faults.XXXXXX)
trap 'cd / && umount "$work/small" "$work" 2>/dev/null; rm -rf "$work"' EXIT
mount -t tmpfs -o mode=700 tmpfs "$work" 2>/dev/null # where fsync costs nothing
cd "$work" || exit 1

checkpoint old
rm -f old/stats-dump
cat >rules <<'END'
cgroup_entry//properties[name="cpuset.cpus"] set value="0-1"
core_entry.tc set exit_code=7
END
cp -a old new
"$program" apply -q --rules rules --in-place new || exit 1
if diff -rq old new >/dev/null; then tap_line "not ok" "the rules change something"; fi

# A checkpoint that CRIU would restore is the old or the new one; what else is there begins with a dot.
is_old_or_new() { diff -rq -x '.*' old "$1" >/dev/null || diff -rq -x '.*' new "$1" >/dev/null; } # DIR
is_whole() { [ ! -e "$1/inventory.img" ] || is_old_or_new "$1"; }                                # DIR

# And the next command makes it so, says which, and leaves nothing behind.
is_recovered() { # DIR
	local left
	left=$(find "$1" -name '.*criu-rewrite')
	"$program" show "$1" >/dev/null 2>recovered || return 1
	[ -z "$(find "$1" -name '.*')" ] || return 1
	if diff -rq old "$1" >/dev/null; then
		[ -z "$left" ] || grep -q "it is undone now, the images are the old ones" recovered
	else
		diff -rq new "$1" >/dev/null || return 1
		[ -z "$left" ] || grep -q "it is finished now, the images are the new ones" recovered
	fi
}
is_safe() { is_whole "$1" && is_recovered "$1"; } # DIR

# A new directory: all of the new, or nothing (after a kill: a part, of whole files but one, without the inventory).
is_new_or_empty() { [ -z "$(ls -A out 2>/dev/null)" ] || diff -rq new out >/dev/null; }

can_trace() { command -v strace >/dev/null && strace -o /dev/null -e trace=write true 2>/dev/null; }

# How often a call is made by a command.
calls() { # CALL COMMAND...
	local call=$1
	shift
	strace -qq -f -o trace -e "trace=$call" "$@" >/dev/null 2>&1
	grep -c "$call(" trace
}

prepare() { rm -rf dump out && cp -a old dump; }

# The n-th call of each kind fails with an error that it can have, for every n.
fail_each() { # WHAT JUDGE COMMAND...
	local what=$1 judge=$2 row call error n count status first wrong=
	shift 2
	for row in $faults; do
		call=${row%%:*} error=${row#*:}
		prepare
		count=$(calls "$call" "$@")
		# The loader dies of its own, which come first.
		first=1
		[ "$call" != mmap ] || first=$(($(calls mmap "$program" --version) + 1))
		for ((n = first; n <= count; n++)); do
			prepare
			strace -qq -f -o /dev/null -e "trace=$call" -e "inject=$call:error=$error:when=$n" "$@" \
				>stdout 2>stderr
			status=$?
			$judge dump || wrong="$wrong $call#$n:$error:broken"
			[ $status = 0 ] || [ -s stderr ] || wrong="$wrong $call#$n:$error:silent"
			# 127: the loader's own calls failed, before the program began.
			[ $status -le 1 ] || [ $status = 127 ] || wrong="$wrong $call#$n:$error:status=$status"
		done
	done
	is "$wrong" "" "$what"
}

# A new directory, when the program is killed at the n-th call, for every n.
kill_each() { # WHAT JUDGE COMMAND...
	local what=$1 judge=$2 call n count wrong=
	shift 2
	for call in openat write fsync renameat unlinkat fchmod close; do
		prepare
		count=$(calls "$call" "$@")
		for ((n = 1; n <= count; n++)); do
			prepare
			kill_at "$call" "$n" "$@"
			$judge dump || wrong="$wrong $call#$n"
		done
	done
	is "$wrong" "" "$what"
}

kill_at() { # CALL N COMMAND...
	local call=$1 n=$2
	shift 2
	(
		strace -qq -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$@"
		:
	) >/dev/null 2>&1
}

# A command's system calls from the first on that can change the directory, each as CALL:N.
changing_calls() { # COMMAND...
	strace -qq -o trace "$@" >/dev/null 2>&1
	awk -F '(' '{ count[$1]++ } /^(unlink|rename)at/ { on = 1 } on && NF > 1 { print $1 ":" count[$1] }' trace
}

# In place, killed at every call, and so every one of the commands that then finish or undo it.
kill_in_place() {
	local call wrong='' count=0
	prepare
	for call in $(changing_calls "${in_place[@]}"); do
		prepare
		kill_at "${call%:*}" "${call#*:}" "${in_place[@]}"
		rm -rf left && cp -a dump left
		is_safe dump || wrong="$wrong $call"
		cat recovered >>said
		[ $((count++ % 16)) != 0 ] || kill_recovery || wrong="$wrong recovery-of-$call"
	done
	is "$wrong" "" "in place: killed anywhere the checkpoint is old, new or has no inventory, and whole after the next command"
	ok "that is at $count system calls" test "$count" -gt 30
	ok "of which some are undone" grep -q "it is undone now" said
	ok "and some are finished" grep -q "it is finished now" said
}

kill_recovery() {
	local call
	rm -rf dump && cp -a left dump
	for call in $(changing_calls "$program" show dump); do
		rm -rf dump && cp -a left dump
		kill_at "${call%:*}" "${call#*:}" "$program" show dump
		is_safe dump || return 1
	done
}

# After a kill a new directory may be a part, but then CRIU must not take it for a checkpoint.
is_no_checkpoint_by_halves() { [ ! -e out/inventory.img ] || diff -rq new out >/dev/null; }

both() { is_whole dump && is_new_or_empty; }

faults="openat:EMFILE write:ENOSPC fsync:EIO renameat:EIO unlinkat:EACCES fchmod:EPERM fchown:EIO
	newfstatat:EIO mkdir:ENOSPC getdents64:EIO read:EIO copy_file_range:ENOSPC"
in_place=("$program" apply -q --rules rules --in-place dump)
anew=("$program" apply -q --rules rules -o out dump)
if can_trace; then
	fail_each "in place: after any failing call the checkpoint is old or new, or the next command makes it so" is_safe "${in_place[@]}"
	fail_each "anew: after any failing call the directory is complete or empty" both "${anew[@]}"
	kill_in_place
	kill_each "anew: killed at any call there is an inventory only with all the rest" \
		is_no_checkpoint_by_halves "${anew[@]}"
else
	skip "failing system calls" "strace is not here or may not trace"
fi

# ---- a full disk
mkdir small
if mount -t tmpfs -o size=16k tmpfs small 2>/dev/null; then
	head -c 8192 /dev/zero >small/filler
	rm -rf dump && cp -a old dump
	"$program" apply -q --rules rules -o small/out dump >/dev/null 2>stderr
	is "$? $(ls small)" "1 filler" "a full disk: error, and nothing is left"
	ok "which says so" grep -q "No space left on device" stderr
	rm small/filler
	cp -a old small/dump
	head -c 1m /dev/zero >small/filler 2>/dev/null
	"$program" apply -q --rules rules --in-place small/dump >/dev/null 2>stderr
	is "$? $(echo small/dump/.[!.]*)" "1 small/dump/.[!.]*" "in place on a full disk: error, and nothing is left"
	ok "which says so, too" grep -q "No space left on device" stderr
	ok "and nothing has changed" diff -rq old small/dump
	umount small
else
	skip "a full disk" "cannot mount a tmpfs"
fi

# ---- images that are too large for memory: they are worked on in nameless files in $TMPDIR
mv old small_old
mv new small_new
awk 'BEGIN {
	printf "{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}"
	for (i = 0; i < 400000; i++)
		printf ", {\"vaddr\": %.0f, \"nr_pages\": 1, \"flags\": 4}", i * 8192
	print "]}"
}' >pagemap.json
cp -a small_old old
"$program" encode -i pagemap.json -o old/pagemap-1.img
echo 'pagemap_entry set flags=5' >>rules
cp -a old new
"$program" apply -q --rules rules --in-place new || exit 1
ok "a large image" test "$(stat -c %s old/pagemap-1.img)" -gt $((4 << 20))
if can_trace; then
	faults="openat:EMFILE write:ENOSPC copy_file_range:EIO mmap:ENOMEM"
	fail_each "large, in place: after any failing call the checkpoint is old or new" is_safe "${in_place[@]}"
else
	skip "failing system calls with large images" "strace is not here or may not trace"
fi
if mount -t tmpfs -o size=1m tmpfs small 2>/dev/null; then
	prepare
	TMPDIR=$work/small "$program" apply -q --rules rules --in-place dump >/dev/null 2>stderr
	is "$? $(ls -A small)" "1 " "no room for temporary files: error, and nothing is left"
	ok "which names rule, image, remedy and cause" \
		grep -q "rules:3:1: pagemap-1.img: .*TMPDIR.*: No space left on device" stderr
	ok "and no image has changed" diff -rq old dump
	umount small
else
	skip "no room for temporary files" "cannot mount a tmpfs"
fi
prepare
TMPDIR=$work/nowhere "$program" apply -q --rules rules --in-place dump
ok "without a place for temporary files there is memory" diff -rq new dump

# ---- two at once, and more
prepare
if command -v flock >/dev/null; then
	flock dump "$program" apply -q --rules rules --in-place dump >/dev/null 2>stderr
	is $? 1 "in place while another is at it: error"
	ok "which says so" grep -q "another process is replacing images in this directory; try again" stderr
	ok "and no image has changed" diff -rq old dump
else
	skip "in place while another is at it" "there is no flock"
fi
for n in 1 2 3 4 5 6; do
	{
		"$program" apply -q --rules rules --in-place dump 2>stderr.$n
		echo $? >status.$n
	} &
done
wait
ok "of six at once one succeeds" grep -qx 0 status.?
is "$(cat stderr.? | grep -vc "another process is replacing images")" 0 "the others say why not"
ok "and every image is whole and new" diff -rq new dump
rm -rf old new stderr.? status.?
mv small_old old
mv small_new new
sed -i '$d' rules

# ---- permissions
prepare
chmod 640 dump/core-1.img
chmod 600 dump/cgroup.img
"$program" apply -q --rules rules -o out dump
is "$(stat -c %a out)" 700 "a new directory is its owner's alone"
is "$(stat -c '%a %u:%g' out/core-1.img out/cgroup.img | tr '\n' ' ')" \
	"$(stat -c '%a %u:%g' dump/core-1.img dump/cgroup.img | tr '\n' ' ')" "its images have mode and owner of the old"
"$program" apply -q --rules rules --in-place dump
is "$(stat -c %a dump/core-1.img dump/cgroup.img | tr '\n' ' ')" "640 600 " "so have images replaced in place"
tap_end
