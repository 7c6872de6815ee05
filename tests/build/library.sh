#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The example program builds against the public header and the library alone, and reads images.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
build=${B:-build}
[ -e "$build/libcriu-rewrite.a" ] || { echo "SKIP: there is no $build/libcriu-rewrite.a; run make"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp plugin/criu-rewrite.h "$work"
ok "the example builds" "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -I"$work" -o "$work/list_tasks" \
	tests/build/list_tasks.c "$build/libcriu-rewrite.a" -lprotobuf-c
"$build/criu-rewrite" encode -o "$work/pstree.img" <<'END'
{"magic": "PSTREE", "entries": [{"pid": 5, "ppid": 0, "pgid": 5, "sid": 5, "threads": [5, 6]},
{"pid": 7, "ppid": 5, "pgid": 5, "sid": 5, "threads": [7]}]}
END
is "$("$work/list_tasks" "$work")" "task 5, threads 5 6
task 7, threads 7" "and prints fields of images"
truncate -s -1 "$work/pstree.img"
is "$("$work/list_tasks" "$work" 2>&1 >/dev/null)" "pstree.img: entry 1: cut off: the message takes 10 bytes but only 9 are left" "and says what is wrong with them"
tap_end
