#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All that can go wrong when a rewritten checkpoint is restored, and what is too late for a rule: on this machine's kernel
# with CRIU 4.1.1, 4.2.1 and 4.3, on an emulated machine with Debian 12's 3.17.1.
. "$(dirname "$0")/lib.sh"
both="$inner/restore.sh; $inner/late.sh"
share trixie
absorb < <(GROUP=crw-$$ here trixie bash -c "$both")
rm -rf "$share"
share sid
for root in sid experimental; do absorb < <(GROUP=crw-$$ here $root bash -c "$both"); done
absorb < <(GROUP=crw-$$ here experimental bash -c "$inner/newer.sh")
rm -rf "$share"
share bookworm
absorb < <(machine --suite bookworm bash -c "$both; $inner/incremental.sh")
tap_end
