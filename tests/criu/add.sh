#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Entries that rules add, on real CRIU: 4.1.1, 4.2.1 and 4.3 on this machine's kernel; with IDENTITY=all 3.17.1, too, on an
# emulated machine.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(here trixie bash $inner/add.sh)
rm -rf "$share"
share sid
for root in sid experimental; do absorb < <(here $root bash $inner/add.sh); done
rm -rf "$share"
if [ "${IDENTITY-}" = all ]; then
	share bookworm
	absorb < <(machine --suite bookworm bash $inner/add.sh)
fi
tap_end
