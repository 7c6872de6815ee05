#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every header compiles alone, and the public one as C++, C99 and without any of our flags too.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
build=${B:-build}
[ -e "$build/proto/schema_data.h" ] || { echo "SKIP: there is no $build; run make"; exit 77; }
read -ra compiler <<<"${CC:-cc}"
flags=(-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function -Wno-unused-parameter
	"-I$build" -fsyntax-only -x c)

for header in proto/*.h rules/*.h plugin/*.h plugin/*/*.h cli/*.h; do
	ok "$header" "${compiler[@]}" "${flags[@]}" <(printf '#include "%s"\n' "$PWD/$header")
done
public='#include "plugin/criu-rewrite.h"'
ok "the public header in C99" "${compiler[@]}" -std=c99 -pedantic -Werror -I. -fsyntax-only -x c - <<<"$public"
if command -v g++ >/dev/null; then
	ok "the public header in C++" g++ -Wall -Wextra -Werror -I. -fsyntax-only -x c++ - <<<"$public"
else
	skip "the public header in C++" "there is no g++"
fi
tap_end
