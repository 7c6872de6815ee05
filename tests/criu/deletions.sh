#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What real CRIU does with each deletion and each id of nobody, and whether `apply` said so: see inner/deletions.py.
# A seventh of the edits with Debian 13's CRIU 4.1.1, whose dumps know no sockets of this kernel; with DELETIONS=all
# all of them, of containers and of tasks in groups too, with Debian sid's and experimental's CRIU as well.
. "$(dirname "$0")/lib.sh"

campaign() { # ROOT RICH EVERY FLAVOUR...
	local root=$1 words=$2 every=$3
	shift 3
	share "$root"
	gcc -O1 -static -pthread -o "$share/rich" "$lab/rich.c" || exit
	for flavour; do
		absorb < <(RICH=$words GROUP=crw-$$ "$lab/enter.sh" --timeout 3000 --share "$share" "$root" \
			bash $inner/deletions.sh "$flavour" "$every" 2>&1)
	done
	rm -rf "$share"
}

if [ "${DELETIONS-}" = all ]; then
	campaign trixie no-sockets 1 plain groups container
	skip "a user namespace on CRIU 4.1.1" "it cannot write the settings of such a network namespace"
	campaign sid '' 1 plain groups container users
	campaign experimental '' 1 plain groups container users
else
	campaign trixie no-sockets 7 plain
fi
tap_end
