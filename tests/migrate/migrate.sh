#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live migration between two hosts, and each of its steps broken once, on this machine's kernel with CRIU 4.2.1. Where memory
# goes in rounds needs another kernel: ./machines.
. "$(dirname "$0")/lib.sh"
share_subject sid
absorb < <(GROUP=crw-$$ "$lab/enter.sh" --share "$share" --timeout 1700 sid "$inner/migrate.sh")
tap_end
