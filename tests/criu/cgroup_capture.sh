#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of cgroup v2, nested three deep, go from one machine to another; by itself CRIU 3.17.1 loses them.
. "$(dirname "$0")/lib.sh"
share bookworm
absorb < <(machine --suite bookworm --cgroups v2 bash $inner/capture.sh)
absorb < <(machine --suite bookworm --cgroups v2 bash $inner/recall.sh)
tap_end
