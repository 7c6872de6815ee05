#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Real restores by Debian 13's CRIU 4.1.1 in which system calls and allocations of the plugin fail. FAULTS=all: every one.
. "$(dirname "$0")/lib.sh"
share trixie
built=$("$lab/build.sh" trixie)
"$lab/enter.sh" --share "$built" trixie make -s -C /src B=/share faulty &&
	cp "$built/tests/faults/rewrite.so" "$share/faulty.so"
absorb < <(FAULTS=${FAULTS-} GROUP=crw-faults-$$ "$lab/enter.sh" --timeout 3000 --share "$share" trixie bash $inner/faults.sh)
tap_end
