#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Images that are too large to be kept in memory, in CRIU's process: on this machine's kernel with Debian 13's CRIU.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(here trixie bash $inner/large.sh)
tap_end
