#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job again: from an emulated machine with two CPUs more than this one has, to this machine's own kernel.
# Debian 13's CRIU 4.1.1.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(machine --suite trixie --cpus $(($(nproc) + 2)) bash $inner/dump.sh)
absorb < <(here trixie bash $inner/fit.sh)
tap_end
