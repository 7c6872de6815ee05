#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Groups that are made before CRIU comes to them: limits of v1 on a machine with v2, where nothing is switched on yet.
# What happens to the groups when a restore fails or is killed is in cgroup_capture.sh.
. "$(dirname "$0")/lib.sh"
share bookworm
absorb < <(machine --suite bookworm --cgroups v1 bash $inner/prepare_dump.sh)
absorb < <(machine --suite bookworm --cgroups v2 bash $inner/prepare.sh)
tap_end
