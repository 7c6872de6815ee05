#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job again: from an emulated machine with two CPUs more than this one has, to this machine's own kernel.
# CRIU 4.1.1, 4.2.1 and 4.3.
. "$(dirname "$0")/lib.sh"
for root in trixie sid experimental; do
	share $root
	absorb < <(machine --suite $root --cpus $(($(nproc) + 2)) bash $inner/dump.sh)
	absorb < <(here $root bash $inner/fit.sh)
	rm -rf "$share"
done
tap_end
