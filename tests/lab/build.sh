#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: build.sh ROOT
# Builds the project against the libraries of that root's Debian, into .lab/build/SUITE. Prints that directory.
set -eu
. "$(dirname "$0")/lab.sh"

[ $# = 1 ] || die "usage: build.sh ROOT"
known "$1"
suite=$(sed -n "s/^$1 *| *\([a-z]*\) .*/\1/p" "$(dirname "$0")/roots")
out=$state/build/$suite
mkdir -p "$out"
# The lock is the flock command's, as enter.sh closes what it inherits.
# shellcheck disable=SC2016
flock "$out/.lock" sh -c '"$@" >"$0" 2>&1' "$out/.log" \
	"$(dirname "$0")/enter.sh" --timeout 600 --share "$out" "$suite" make -s -C /src -j"$(nproc)" B=/share all ||
	{ tail -n 20 "$out/.log" >&2; exit 1; }
echo "$out"
