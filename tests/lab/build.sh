#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: build.sh SUITE
# Builds the project in the rootfs of SUITE, against its libraries, into .lab/build/SUITE. Prints that directory.
set -eu
. "$(dirname "$0")/lab.sh"

[ $# = 1 ] || die "usage: build.sh SUITE"
known "$1"
out=$state/build/$1
mkdir -p "$out"
(
	flock 8
	"$(dirname "$0")/enter.sh" --timeout 600 --share "$out" "$1" make -s -C /src -j"$(nproc)" B=/share all
) 8>"$out/.lock" >"$out/.log" 2>&1 || { tail -n 20 "$out/.log" >&2; exit 1; }
echo "$out"
