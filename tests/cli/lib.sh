# SPDX-License-Identifier: GPL-2.0-only
# What the tests of the command share. Sourced, never run: they are TAP producers, each in
# a directory of its own under /tmp.
#   PROGRAM   the command to test, default build/criu-rewrite
# shellcheck shell=sh disable=SC2034

top=$(cd "$(dirname "$0")/../.." && pwd)
program=${PROGRAM:-$top/build/criu-rewrite}
count=0
failed=0

[ -x "$program" ] || { echo "SKIP: there is no $program; run make"; exit 77; }
umask 022
unset CRIU_REWRITE_CONF NO_COLOR
work=$(mktemp -d /tmp/criu-rewrite-test.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1

# run ARGUMENT...: calls the command; $status, and the files out and err, are what came of it.
run() {
	status=0
	"$program" "$@" >out 2>err || status=$?
}

ok() { # TRUE-OR-FALSE NAME
	count=$((count + 1))
	if [ "$1" = true ]; then
		echo "ok $count - $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $count - $2"
	sed 's/^/# out: /' out | head -n 20
	sed 's/^/# err: /' err | head -n 20
}

skip() { # NAME WHY
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

is() { # GOT WANTED NAME
	[ "$1" = "$2" ] && ok true "$3" && return
	ok false "$3"
	echo "#    got: $1"
	echo "# wanted: $2"
}

# ended STATUS NAME: how the last run ended.
ended() { is "$status" "$1" "$2"; }
# says FILE TEXT NAME: does the file contain the text?
says() { if grep -qF -e "$2" "$1"; then ok true "$3"; else ok false "$3"; fi; }
silent() { if [ -s "$1" ]; then ok false "$2"; else ok true "$2"; fi; }

finish() {
	echo "1..$count"
	[ "$failed" = 0 ]
	exit
}
