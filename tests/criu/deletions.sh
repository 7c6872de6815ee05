#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What real CRIU does with each deletion and each id of nobody, and whether `apply` said so: see inner/deletions.py.
# A third of the edits with Debian 13's CRIU 4.1.1, whose dumps know no sockets of this kernel; with DELETIONS=all
# all of them, with Debian sid's and experimental's CRIU too.
. "$(dirname "$0")/lib.sh"

campaign() { # ROOT RICH EVERY
	share "$1"
	gcc -O1 -static -pthread -o "$share/rich" "$lab/rich.c" || exit
	absorb < <(RICH=$2 "$lab/enter.sh" --timeout 900 --share "$share" "$1" bash $inner/deletions.sh "$3" 2>&1)
	rm -rf "$share"
}

if [ "${DELETIONS-}" = all ]; then
	campaign trixie no-sockets 1
	campaign sid '' 1
	campaign experimental '' 1
else
	campaign trixie no-sockets 3
fi
tap_end
