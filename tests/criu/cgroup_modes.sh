#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What each mode of cgroup management comes to: the table of doc/modes.md, on CRIU 4.1.1 with v2 and 3.17.1 with v1.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(machine --suite trixie --cgroups v2 --timeout 300 bash $inner/modes_v2.sh)
rm -rf "$share"
share bookworm
absorb < <(machine --suite bookworm --cgroups v1 bash $inner/modes_v1_dump.sh)
absorb < <(machine --suite bookworm --cgroups v1 --append cgroup_disable=pids --timeout 300 bash $inner/modes_v1.sh)
tap_end
