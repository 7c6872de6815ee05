#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU's ways into a restore, by Debian 13's CRIU 4.1.1, with LONG=1 by 4.2.1 too.
. "$(dirname "$0")/lib.sh"
for root in trixie ${LONG:+sid}; do
	share $root
	absorb < <(GROUP=crw-ways-$$ here $root bash $inner/ways.sh)
	rm -rf "$share"
done
tap_end
