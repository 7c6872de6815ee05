# SPDX-License-Identifier: GPL-2.0-only
# What the laboratory's scripts share: where it keeps its state, and how it ends when a machine cannot do something.
# Sourced, never run.
# shellcheck shell=sh disable=SC2034

top=$(cd "$(dirname "$0")/../.." && pwd)
state=$top/.lab

say() { echo "lab: $*" >&2; }
die() { echo "lab: $*" >&2; exit 1; }

# The machine lacks a right or a device that nothing in the project can supply. 77 is automake's "skipped".
skip() { echo "SKIP: $*"; exit 77; }

roots() { sed -n 's/^\([a-z0-9]*\) .*/\1/p' "$top/tests/lab/roots"; }
known() {
	roots | grep -qx -- "$1" || die "unknown suite '$1' (known: $(roots | xargs))"
}

# The caller's files stay its own. One that is deleted or cannot be reached inside would stop CRIU at a dump.
close_inherited() {
	for inherited in /proc/$$/fd/*; do
		inherited=${inherited##*/}
		case $inherited in [012] | 255) ;; *) eval "exec $inherited>&-" ;; esac
	done
}

root_rights() {
	[ "$(id -u)" = 0 ] || skip "the laboratory needs root"
	unshare -m true 2>/dev/null || skip "no right to make mount namespaces (unshare -m)"
}

# One at a time: apt has one lock per machine, a rootfs is built once. The lock goes with the shell.
lock() {
	mkdir -p "$state"
	exec 9>"$state/lock"
	flock 9
}

# need COMMAND PACKAGE: installs the package unless the command (or file) is there.
need() {
	[ -e "$1" ] || command -v "$1" >/dev/null && return
	say "installing $2"
	{
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2" ||
			{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2"; }
	} >"$state/apt.log" 2>&1 9>&- || die "cannot install $2: $(tail -n 1 "$state/apt.log") (all of it: $state/apt.log)"
}
