#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restores in which a system call of the plugin, or an allocation, fails: the restore is right, or it fails with the cause in
# the log, and nothing is left. Which calls of CRIU's process are the plugin's, strace tells by their stacks.
# FAULTS=all: each call and each error, in each view; else a sample of it.
. /src/tests/criu/inner/lib.sh

all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")
unified=/sys/fs/cgroup/unified/$group
step=31
views="detached namespace"
[ "${FAULTS-}" != all ] || step=1

# What each call may fail with; others with EIO.
errors_of() {
	case $1 in
	openat) echo "EMFILE EACCES EIO EINTR ENOMEM" ;;
	read | pread64) echo "EIO EINTR" ;;
	write | pwrite64 | ftruncate) echo "ENOSPC EIO EINTR" ;;
	mmap | munmap | brk) echo "ENOMEM" ;;
	fsopen | fsconfig | fsmount | open_tree | move_mount | mount_setattr) echo "EPERM ENOSPC EMFILE" ;;
	clone | clone3) echo "EAGAIN ENOMEM" ;;
	mkdir | mkdirat) echo "ENOSPC EACCES" ;;
	dup3 | fcntl | memfd_create) echo "EMFILE" ;;
	close | exit_group | exit | rt_sigreturn) ;; # cannot fail in a way that matters
	*) echo "EIO EACCES" ;;
	esac
}

prepare_host() {
	configure "view $1" "report /share/report.json" "log-level debug" <<-EOF
		cgroup_entry//properties[name="cpuset.cpus"] set value="$one"
		cgroup_entry fit
		core_entry.tc set exit_code=0
		core_entry affinity
		cgroup_entry prepare
		manage-cgroups soft
	EOF
}

trace() { strace -qq -o /share/trace "$@" criu restore -d -D $images -W $work -o restore.log -v4 --manage-cgroups; }

# "openat 57": the 57th openat of CRIU's process is the plugin's.
find_calls() {
	trace -k >/dev/null 2>&1
	awk '/^ >/ { if (!seen && /rewrite\.so/) { seen = 1; print name, count[name] } next }
		{ name = $0; sub(/\(.*/, "", name); count[name]++; seen = 0 }' /share/trace
	clean
}

# What is wrong with the restore that has just ended, in a word; nothing if nothing is.
judge() { # STATUS
	if [ "$1" = 0 ]; then
		[ "$(cpus)" = "$is_one" ] || echo not-rewritten
		tree check $tree >/dev/null 2>&1 || echo dead
	else
		grep -qE "Error \(rewrite\)" $log || echo "silent($1)"
		[ ! -e "$cpuset/$group" ] || echo group
		[ ! -e "$unified" ] || echo prepared-group
		if pgrep -x tree >/dev/null; then echo tasks; fi
	fi
	! pgrep -x criu >/dev/null || echo process
	[ "$(traces | grep -v cgyard)" = "$(cat /share/traces)" ] || echo traces
}

tidy() {
	clean
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -d "$unified" ] || break
		rmdir "$unified" 2>/dev/null || sleep 0.05
	done
}

tree groups "$group" && mkdir "$unified" && tree start "$tree" "$group" && leader >"$unified/cgroup.procs"
ok "a tree is dumped" dump
tree gone "$tree"
tidy
install_plugin
for view in $views; do
	prepare_host $view
	rm -f /share/report.json
	restore || tail -3 $log
	tidy
	traces | grep -v cgyard >/share/traces
	find_calls >/share/calls
	tidy
	ok "view $view: the plugin makes calls" test -s /share/calls
	tried=0 wrong='' n=0
	while read -r call number; do
		for error in $(errors_of "$call"); do
			n=$((n + 1))
			[ $((n % step)) = 0 ] || continue
			tried=$((tried + 1))
			trace -e "trace=$call" -e "inject=$call:error=$error:when=$number" >/dev/null 2>&1
			what=$(judge $? | tr '\n' ' ')
			[ -z "$what" ] || wrong="$wrong
$call#$number:$error: $what $(grep -m1 'Error' $log)"
			tidy
		done
	done < <(sort -u /share/calls)
	is "$wrong" "" "view $view: $tried of its calls fail, one at a time"
done

# The same with allocations, of a plugin that is built for it.
install -m 755 /share/faulty.so /usr/lib/criu/rewrite.so
prepare_host auto
tried=0 wrong=''
for ((n = 1; ; n += step)); do
	rm -f /share/mark
	FAIL_ALLOCATION=$n FAILED_ALLOCATION=/share/mark restore >/dev/null 2>&1
	what=$(judge $? | tr '\n' ' ')
	[ -z "$what" ] || wrong="$wrong
$n: $what $(grep -m1 Error $log)"
	tidy
	[ -e /share/mark ] || break
	tried=$((tried + 1))
done
is "$wrong" "" "$tried of its allocations fail, one at a time"
[ $tried -gt 0 ] || tap_line "not ok" "there are allocations"
tap_end
