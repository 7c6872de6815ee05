#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job: a checkpoint from a machine with 4 CPUs restores on one with 2. Debian 12's CRIU 3.17.1.
. "$(dirname "$0")/lib.sh"
share bookworm
absorb < <(machine --suite bookworm --cpus 4 bash $inner/dump.sh)
absorb < <(machine --suite bookworm --cpus 2 bash $inner/fit.sh)
tap_end
