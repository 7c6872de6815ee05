#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live migration with lazy pages, and each of its steps broken once, on this machine's kernel with CRIU 4.2.1.
. "$(dirname "$0")/lib.sh"
share_subject sid
absorb < <(GROUP=crw-$$ "$lab/enter.sh" --share "$share" --timeout 600 sid "$inner/lazy.sh")
tap_end
