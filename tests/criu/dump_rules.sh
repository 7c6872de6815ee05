#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules at a dump are read before a task is frozen, on each CRIU that can dump on this kernel.
. "$(dirname "$0")/lib.sh"
for suite in trixie experimental; do
	share $suite
	absorb < <(GROUP=crw-$$ here $suite bash $inner/dump_rules.sh)
	rm -rf "$share"
done
tap_end
