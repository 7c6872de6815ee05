#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restores without CAP_SYS_ADMIN, by Debian 13's CRIU 4.1.1: what a rule changes is shown to CRIU all the same.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(here trixie bash $inner/unprivileged.sh)
tap_end
