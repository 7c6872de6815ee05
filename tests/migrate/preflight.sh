#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A dump that would not restore at its destination is refused, on this machine's kernel with CRIU 4.2.1; ../migrate/machines
# has the others.
. "$(dirname "$0")/lib.sh"
share_subject sid
absorb < <(GROUP=crw-$$ here sid "$inner/preflight.sh")
tap_end
