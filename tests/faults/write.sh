#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# apply when the system fails it: each system call in turn fails, or is the last one before a kill -9. In place, every
# image is the old or the new one; a new directory is complete or empty; no fault is passed over in silence.
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
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
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

# Every image of a directory is the old or the new one; what else is there begins with a dot.
is_whole() { # DIR
	local file
	for file in old/*; do
		cmp -s "$1/${file##*/}" "$file" || cmp -s "$1/${file##*/}" "new/${file##*/}" || return 1
	done
	[ "$(ls "$1")" = "$(ls old)" ]
}

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

# The program is killed at the n-th call, for every n.
kill_each() { # WHAT JUDGE COMMAND...
	local what=$1 judge=$2 call n count wrong=
	shift 2
	for call in openat write fsync renameat unlinkat fchmod close; do
		prepare
		count=$(calls "$call" "$@")
		for ((n = 1; n <= count; n++)); do
			prepare
			(
				strace -qq -f -o /dev/null -e "trace=$call" \
					-e "inject=$call:signal=KILL:when=$n" "$@"
				:
			) >/dev/null 2>&1
			$judge dump || wrong="$wrong $call#$n"
			# What was left behind is in nobody's way.
			"$@" >/dev/null 2>stderr || [ "$judge" != is_whole ] || wrong="$wrong again-after-$call#$n"
			[ "$judge" != is_whole ] || diff -rq new dump >/dev/null || wrong="$wrong left-by-$call#$n"
		done
	done
	is "$wrong" "" "$what"
}

# After a kill a new directory may be a part, but then CRIU must not take it for a checkpoint.
is_no_checkpoint_by_halves() { [ ! -e out/inventory.img ] || diff -rq new out >/dev/null; }

both() { is_whole dump && is_new_or_empty; }

faults="openat:EMFILE write:ENOSPC fsync:EIO renameat:EIO unlinkat:EACCES fchmod:EPERM fchown:EIO
	newfstatat:EIO mkdir:ENOSPC getdents64:EIO read:EIO copy_file_range:ENOSPC"
in_place=("$program" apply -q --rules rules --in-place dump)
anew=("$program" apply -q --rules rules -o out dump)
if can_trace; then
	fail_each "in place: after any failing call each image is old or new" is_whole "${in_place[@]}"
	fail_each "anew: after any failing call the directory is complete or empty" both "${anew[@]}"
	kill_each "in place: killed at any call each image is old or new, and the next run succeeds" \
		is_whole "${in_place[@]}"
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
	fail_each "large, in place: after any failing call each image is old or new" is_whole "${in_place[@]}"
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
