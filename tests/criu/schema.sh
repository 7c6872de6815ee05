#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Our schema against the pycriu of each CRIU that is supported: 3.17.1, 4.1.1, 4.2.1 and 4.3.
. "$(dirname "$0")/lib.sh"
for root in bookworm trixie sid experimental; do
	absorb < <("$lab/enter.sh" $root /src/tests/schema/check python3 </dev/null 2>&1)
done
tap_end
