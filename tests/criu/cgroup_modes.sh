#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What each mode of cgroup management comes to: the table of doc/modes.md, on CRIU 4.1.1 and 4.3, with LONG=1 4.2.1 too, with v2
# and 3.17.1 with v1.
. "$(dirname "$0")/lib.sh"
for root in trixie ${LONG:+sid} experimental; do
	share $root
	absorb < <(machine --suite $root --cgroups v2 bash $inner/modes_v2.sh)
	rm -rf "$share"
done
share bookworm
absorb < <(machine --suite bookworm --cgroups v1 bash $inner/modes_v1_dump.sh)
absorb < <(machine --suite bookworm --cgroups v1 --append cgroup_disable=pids bash $inner/modes_v1.sh)
tap_end
