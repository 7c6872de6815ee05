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
	tests/build/list_tasks.c "$build/libcriu-rewrite.a"
"$build/criu-rewrite" encode -o "$work/pstree.img" <<'END'
{"magic": "PSTREE", "entries": [{"pid": 5, "ppid": 0, "pgid": 5, "sid": 5, "threads": [5, 6]},
{"pid": 7, "ppid": 5, "pgid": 5, "sid": 5, "threads": [7]}]}
END
is "$("$work/list_tasks" "$work")" "task 5, threads 5 6
task 7, threads 7" "and prints fields of images"
truncate -s -1 "$work/pstree.img"
is "$("$work/list_tasks" "$work" 2>&1 >/dev/null)" "pstree.img: entry 1: cut off: the message takes 10 bytes but only 9 are left" "and says what is wrong with them"

# ---- the shared library
library=$build/libcriu-rewrite.so.0
[ -e "$library" ] || { skip "the shared library" "run make"; tap_end; exit; }
exported=$(readelf --dyn-syms -W "$library" | awk '$7 != "UND" && $5 == "GLOBAL" && $4 == "FUNC" { print $8 }')
is "$(sed 's/@@CRIU_REWRITE_0.9$//' <<<"$exported" | sort)" \
	"$(sed -n 's/^CRW_API .*[ *]\(crw_[a-z_]*\)(.*/\1/p' plugin/criu-rewrite.h | sort)" \
	"it exports what the header declares, with a version, and nothing else"
is "$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')" libcriu-rewrite.so.0 "its name"
is "$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v '^ld-linux')" libc.so.6 "it needs libc alone"
is "$(nm "$build/libcriu-rewrite.a" 2>/dev/null | grep -i ' [bc] ')" "" "the library has no state that is not in an object"
"$build/criu-rewrite" encode -o "$work/pstree.img" <<'END'
{"magic": "PSTREE", "entries": [{"pid": 5, "ppid": 0, "pgid": 5, "sid": 5, "threads": [5]}]}
END
export LD_LIBRARY_PATH=$build
ok "threads build against it" "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$work" -pthread -o "$work/threads" \
	tests/build/threads.c -L"$build" -lcriu-rewrite
ok "threads, each with an object of its own" timeout 120 "$work/threads" "$work"
if command -v python3 >/dev/null; then
	echo 'pstree_entry[pid=5] set pgid=7' >"$work/site.rules"
	is "$(python3 tests/build/plan.py "$work/site.rules" "$work" 2>&1)" "pstree.img pgid 5 -> 7" "the example in Python"
	is "$(python3 tests/build/plan.py "$work/none.rules" "$work" 2>&1)" \
		"plan.py: $work/none.rules: cannot open the rules: No such file or directory" "says what is wrong"
else
	skip "the example in Python" "there is no python3"
fi

# ---- versions
version=$("$build/criu-rewrite" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+')
cat >"$work/version.c" <<'END'
#include <criu-rewrite.h>
#include <stdio.h>
#if !CRW_VERSION_AT_LEAST(CRW_VERSION_MAJOR, CRW_VERSION_MINOR, CRW_VERSION_PATCH) || \
	CRW_VERSION_AT_LEAST(CRW_VERSION_MAJOR, CRW_VERSION_MINOR, CRW_VERSION_PATCH + 1) || \
	CRW_VERSION_AT_LEAST(CRW_VERSION_MAJOR, CRW_VERSION_MINOR + 1, 0) || CRW_VERSION_AT_LEAST(CRW_VERSION_MAJOR + 1, 0, 0)
#error the version is not compared as it should be
#endif
int main(void)
{
	printf("%d.%d.%d %s\n", CRW_VERSION_MAJOR, CRW_VERSION_MINOR, CRW_VERSION_PATCH, crw_version());
	return 0;
}
END
ok "a program that asks for the version" "${CC:-cc}" -I"$work" -o "$work/version" "$work/version.c" -L"$build" -lcriu-rewrite
is "$("$work/version")" "$version $version" "header, library and command have the same"
tap_end
