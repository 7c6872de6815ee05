#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What doc/crit-differences.md says of crit 4.1.1 and of what is here: see inner/crit_wrong.sh.
. "$(dirname "$0")/../criu/lib.sh"
share trixie
absorb < <(here trixie bash /src/tests/json/inner/crit_wrong.sh)
tap_end
