#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: kinds.sh DIR
# Says which kinds of proto/kinds.def are among the images of the checkpoints in DIR, by the names of the files.
set -u
kinds=$(cd "$(dirname "$0")" && pwd)/../../proto/kinds.def

names=$(find "$1" -mindepth 2 -type f | sed 's,.*/,,')
# A row may go on in the next line, but its name and its pattern stand in the first.
sed -n 's/^\(ENTRIES\|HEADED\|SERVICE\|RAW\)("\([^"]*\)", "\([^"]*\)".*/\2 \3/p' "$kinds" | {
	covered='' missing='' count=0
	while read -r kind pattern; do
		regex=$(printf '%s' "$pattern" | sed 's/\./\\./g; s/\*/[0-9A-Za-z]+/')
		if printf '%s\n' "$names" | grep -qxE "$regex"; then
			covered="$covered $kind"
			count=$((count + 1))
		else
			missing="$missing $kind"
		fi
	done
	echo "covered: $count kinds:$covered"
	echo "not covered:$missing"
}
