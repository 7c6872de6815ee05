#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All that can go wrong when a rewritten checkpoint is restored: on this machine's kernel with Debian 13's CRIU 4.1.1,
# on an emulated machine with Debian 12's 3.17.1.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(GROUP=crw-$$ here trixie bash $inner/restore.sh)
share bookworm
absorb < <(machine --suite bookworm --timeout 600 bash -c "$inner/restore.sh; $inner/incremental.sh")
tap_end
