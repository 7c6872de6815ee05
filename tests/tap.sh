# SPDX-License-Identifier: GPL-2.0-only
# For test scripts, sourced: prints TAP.
#   ok "what" COMMAND...       passes when COMMAND does; what it prints is shown when it fails
#   not_ok_if "what" COMMAND   passes when COMMAND fails
#   is GOT WANT "what"
#   skip "what" "why"
#   absorb                     takes the TAP of other scripts from its standard input into this one's
#   tap_end                    prints the plan; exit status 1 when anything failed
# shellcheck shell=bash
tap_count=0 tap_failed=0

tap_line() { # ok|not ok, what
	tap_count=$((tap_count + 1))
	echo "$1 $tap_count - $2"
	[ "$1" = ok ] || tap_failed=$((tap_failed + 1))
}

ok() {
	local what=$1 output
	shift
	if output=$("$@" 2>&1); then
		tap_line ok "$what"
	else
		tap_line "not ok" "$what"
		printf '%s\n' "$output" | sed 's/^/# /'
	fi
}

not_ok_if() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then tap_line "not ok" "$what"; else tap_line ok "$what"; fi
}

is() {
	if [ "$1" = "$2" ]; then
		tap_line ok "$3"
	else
		tap_line "not ok" "$3"
		printf '# got:\n%s\n# want:\n%s\n' "$1" "$2" | sed '/^# /!s/^/#   /'
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

absorb() {
	local line planned='' seen=0
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			seen=$((seen + 1)) tap_count=$((tap_count + 1))
			case $line in "not ok "*) tap_failed=$((tap_failed + 1)) ;; esac
			printf '%s\n' "$line" | sed -E "s/ok [0-9]+/ok $tap_count/"
			;;
		1..*) planned=$((planned + ${line#1..})) ;;
		"SKIP: "*)
			skip "an inner script" "${line#SKIP: }"
			planned=$((planned))
			;;
		*) printf '# %s\n' "$line" ;;
		esac
	done
	[ "$planned" = "$seen" ] || tap_line "not ok" "an inner script ends as planned (ran $seen, planned ${planned:-nothing})"
}

tap_end() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
}
