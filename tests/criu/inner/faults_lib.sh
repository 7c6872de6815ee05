# SPDX-License-Identifier: GPL-2.0-only
# For faults.sh and faults_unprivileged.sh, sourced after lib.sh: system calls, allocations and transfers of the plugin fail in
# real restores, one at a time. Which calls of CRIU's process are the plugin's, strace tells by their stacks. Who sources it has
#   restored [PROGRAM...]   a restore, of which PROGRAM is what runs criu
#   right                   prints what is wrong after a restore that succeeded
#   left                    prints what one that was refused has left
#   tidy                    ends what was restored
# FAULTS=all: every one of them; FAULTS=7: every seventh; else a smaller sample.
# shellcheck shell=bash disable=SC2154
step=${FAULTS:-31}
[ "$step" != all ] || step=1

# What each call may fail with; others with EIO.
errors_of() {
	case $1 in
	openat) echo "EMFILE EACCES EIO EINTR ENOMEM" ;;
	read | pread64) echo "EIO EINTR" ;;
	write | pwrite64 | ftruncate) echo "ENOSPC EIO EINTR" ;;
	mmap | munmap) echo "ENOMEM" ;;
	fsopen | fsconfig | fsmount | open_tree | move_mount | mount_setattr | unshare) echo "EPERM ENOSPC EMFILE" ;;
	clone | clone3) echo "EAGAIN ENOMEM" ;;
	mkdir | mkdirat) echo "ENOSPC EACCES" ;;
	dup3 | fcntl | memfd_create) echo "EMFILE" ;;
	close | exit_group | exit | rt_sigreturn) ;; # cannot fail in a way that matters
	brk) ;; # gives the old end, no error, which the C library takes for one
	*) echo "EIO EACCES" ;;
	esac
}

trace() { restored strace -qq -o /share/trace "$@"; }

# "openat 57": the 57th openat of CRIU's process is the plugin's.
find_calls() {
	trace -k >/dev/null 2>&1
	awk '/^ >/ { if (!seen && /rewrite\.so/) { seen = 1; print name, count[name] } next }
		{ name = $0; sub(/\(.*/, "", name); count[name]++; seen = 0 }' /share/trace | sort -u
	tidy
}

# What is wrong with the restore that has just ended, in words; nothing if nothing is.
judge() { # STATUS
	if [ "$1" = 0 ]; then
		right
	else
		grep -qE "Error \(rewrite\)" $log || echo "silent($1)"
		left
	fi
	! pgrep -x criu >/dev/null || echo process
	[ "$(traces | grep -v cgyard)" = "$(cat /share/traces)" ] || echo traces
}

# To $wrong, what came of the restore that has just ended; and the end of that.
note() { # WHAT STATUS
	local what
	what=$(judge "$2" | tr '\n' ' ')
	[ -z "$what" ] || wrong="$wrong
$1: $what $(grep Error $log | grep -v -m1 RLIMIT_NOFILE)"
	tried=$((tried + 1))
	tidy
}

# Was it a call of the plugin that failed? What others of CRIU's process do before it can be one more than at first.
was_ours() { awk '/^ >/ { if (hit && /rewrite\.so/) ours = 1; next } { hit = /\(INJECTED\)/ } END { exit !ours }' /share/trace; }

fail_calls() { # WHAT
	local call number error status n=0
	traces | grep -v cgyard >/share/traces
	find_calls >/share/calls
	ok "$1: the plugin makes calls" test -s /share/calls
	tried=0 wrong=''
	while read -r call number; do
		for error in $(errors_of "$call"); do
			n=$((n + 1))
			[ $((n % step)) = 0 ] || continue
			trace -k -e "trace=$call" -e "inject=$call:error=$error:when=$number" >/dev/null 2>&1
			status=$?
			if was_ours; then note "$call#$number:$error" $status; else tidy; fi
		done
	done </share/calls
	is "$wrong" "" "$1: $tried calls fail, one at a time"
}

# Of a plugin that is built for it (tests/faults/).
fail_each() { # WHAT VARIABLE
	local n
	tried=0 wrong=''
	for ((n = 1; ; n += step)); do
		rm -f /share/mark
		restored env "$2=$n" FAULT_MARK=/share/mark >/dev/null 2>&1
		note $n $?
		[ -e /share/mark ] || break
	done
	is "$wrong" "" "$1, one at a time: $((tried - 1))"
	[ $tried -gt 1 ] || tap_line "not ok" "there are some"
}

# All of it with the way in which CRIU is shown the images; `prepare_host VIEW` configures it.
fail_all() { # WHAT VIEW
	install_plugin
	prepare_host "$2"
	restored || tail -3 $log
	tidy
	fail_calls "$1"
	install -m 755 /share/faulty.so /usr/lib/criu/rewrite.so
	fail_each "$1: allocations fail" FAIL_ALLOCATION
	fail_each "$1: reads and writes are cut short" SHORT_TRANSFER
}
