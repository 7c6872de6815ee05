# SPDX-License-Identifier: GPL-2.0-only
# For faults*.sh, sourced after lib.sh: system calls, allocations and transfers of the plugin fail in real restores and dumps, one
# at a time. Which calls of CRIU's process are the plugin's, strace tells by their stacks. Who sources it has
#   run_criu [PROGRAM...]   a restore or a dump, whose log is $log; PROGRAM is what runs criu
#   right                   prints what is wrong after one that succeeded
#   left                    prints what one that was refused has left
#   tidy                    ends what was restored, removes what was dumped
# FAULTS=all: every one of them, and with PART=3/12 the third of twelve parts of that; FAULTS=7: every seventh; else a smaller
# sample.
# shellcheck shell=bash disable=SC2154
. /src/tests/faults/lib.sh
step=${FAULTS:-31} first=1
[ "$step" != all ] || IFS=/ read -r first step <<<"${PART:-1/1}"

trace() { run_criu strace -qq -o /share/trace "$@"; }

# "openat 57": the 57th openat of CRIU's process is the plugin's.
find_calls() {
	trace -k -e 'trace=!close,brk' >/dev/null 2>&1
	awk '/^ >/ { if (!seen && /rewrite\.so/) { seen = 1; print name, count[name] } next }
		{ name = $0; sub(/\(.*/, "", name); count[name]++; seen = 0 }' /share/trace | sort -u
	tidy
}

# A stack takes its time. These are the calls between one line of CRIU's log and the next where one of them names us: nearly all
# that are ours, and some that are not.
find_calls_for_a_sample() {
	trace -s 100 >/dev/null 2>&1
	awk 'function end() { if (ours) printf "%s", calls; calls = ""; ours = 0 }
		/^[-+]/ { next }
		{ name = $0; sub(/\(.*/, "", name); count[name]++; line = /^write\([0-9]+, "\([0-9]+\.[0-9]+\) / }
		line && !/\) rewrite: / { end(); next }
		{ calls = calls name " " count[name] "\n"; ours = ours || /rewrite/ }
		END { end() }' /share/trace | sort -u
	tidy
}

# What is wrong with the restore or dump that has just ended, in words; nothing if nothing is.
look() { # STATUS
	if [ "$1" = 0 ]; then
		right
	else
		[ "$(grep -c "Error (rewrite)" $log)" = 1 ] || echo "status $1, not one cause"
		left
	fi
	! pgrep -x criu >/dev/null || echo process
	traces | grep -v cgyard | diff /share/traces - | sed -n 's/^[<>]/traces &/p'
}

# The same, once what has been killed has had its time to go.
judge() { # STATUS
	local what end=$((SECONDS + 20))
	until what=$(look "$1"); [ -z "$what" ] || [ $SECONDS -ge $end ]; do sleep 0.1; done
	[ -z "$what" ] || echo "$what"
}

# To $wrong, what came of the one that has just ended; and the end of that.
note() { # WHAT STATUS
	local what
	what=$(judge "$2" | tr '\n' ' ')
	[ -z "$what" ] || wrong="$wrong
$1: $what $(grep Error $log | grep -v -m1 RLIMIT_NOFILE)"
	tried=$((tried + 1))
	tidy
}

# Stacks are looked at for calls that fail alone, as each look takes its time.
# Was it a call of the plugin that failed? What others of CRIU's process do before it can be one more than at first.
was_ours() { awk '/^ >/ { if (hit && /rewrite\.so/) ours = 1; next } { hit = /\(INJECTED\)/ } END { exit !ours }' /share/trace; }

fail_calls() { # WHAT
	local call number error status n=0
	traces | grep -v cgyard >/share/traces
	if [ -n "${FAULTS-}" ]; then find_calls; else find_calls_for_a_sample; fi >/share/calls
	ok "$1: the plugin makes calls" test -s /share/calls
	tried=0 wrong=''
	while read -r call number; do
		for error in $(errors_of "$call"); do
			n=$((n + 1))
			[ $((n % step)) = $((first % step)) ] || continue
			trace -k -e status=failed -e "trace=$call" -e "inject=$call:error=$error:when=$number" >/dev/null 2>&1
			status=$?
			if was_ours; then note "$call#$number:$error" $status; else tidy; fi
		done
	done </share/calls
	is "$wrong" "" "$1: $tried calls fail, one at a time"
}

# Of a plugin that is built for it (tests/faults/).
fail_each() { # WHAT VARIABLE [TIMES]: so much rarer in a sample
	local n every=$step
	[ -n "${FAULTS-}" ] || every=$((step * ${3:-1}))
	tried=0 wrong=''
	for ((n = first; ; n += every)); do
		rm -f /share/mark
		run_criu env "$2=$n" FAULT_MARK=/share/mark >/dev/null 2>&1
		note $n $?
		[ -e /share/mark ] || break
	done
	is "$wrong" "" "$1, one at a time: $((tried - 1))"
	[ $tried -gt 1 ] || [ "$first" != 1 ] || tap_line "not ok" "there are some"
}

# All of it with the way in which CRIU is shown the images; `prepare_host VIEW` configures it.
fail_all() { # WHAT VIEW
	install_plugin
	prepare_host "$2"
	run_criu || tail -3 $log
	tidy
	fail_calls "$1"
	install -m 755 /share/faulty.so /usr/lib/criu/rewrite.so
	fail_each "$1: allocations fail" FAIL_ALLOCATION 10
	fail_each "$1: reads and writes are cut short" SHORT_TRANSFER
}
