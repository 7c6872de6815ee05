#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The table of doc/runtimes.md is what the matrix of runtimes found, and every row there is one that the matrix has.
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh

is "$(sed '1,/^<!-- matrix -->$/d; /^<!-- end of matrix -->$/,$d' doc/runtimes.md)" "$(tests/runtimes/table)" \
	"the table is what tests/runtimes/table prints"
is "$(cut -d' ' -f1 tests/runtimes/verdicts | grep -vxF "$(tests/runtimes/run --list)")" "" "every verdict is of a row of the matrix"
tap_end
