#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restores by Debian 13's CRIU 4.1.1 are killed at random points: 10 of them, or KILLS.
. "$(dirname "$0")/lib.sh"
kills=${KILLS-10}
share trixie
for script in kill kill_unprivileged; do
	absorb < <(GROUP=crw-kill-$$ "$lab/enter.sh" --timeout $((600 + 3 * kills)) --share "$share" trixie \
		bash $inner/$script.sh "$kills")
	rm -rf "$share/images" "$share/work"
done
tap_end
