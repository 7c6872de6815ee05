#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Our schema against the pycriu of each CRIU that is supported: Debian 12's 3.17.1 and Debian 13's 4.1.1.
. "$(dirname "$0")/lib.sh"
for suite in bookworm trixie; do
	absorb < <("$lab/enter.sh" $suite /src/tests/schema/check python3 </dev/null 2>&1)
done
tap_end
