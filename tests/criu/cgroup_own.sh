#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The right group, on this machine's own kernel with CRIU 4.1.1, with LONG=1 by 4.2.1 and 4.3 too: criu's own, that of
# --cgroup-root, and that of a runtime.
. "$(dirname "$0")/lib.sh"
for root in trixie ${LONG:+sid experimental}; do
	share $root
	absorb < <(GROUP=crw-$$ here $root bash $inner/own_group.sh)
	rm -rf "$share"
done
tap_end
