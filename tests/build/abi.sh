#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the library had when `make abi` wrote plugin/libcriu-rewrite.abi it still has, as it was: programs that were built then run.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
build=${B:-build}
library=$build/libcriu-rewrite.so.$(sed -n 's/^VERSION := //p' Makefile)
[ -e "$library" ] || { echo "SKIP: there is no $library; run make"; exit 77; }
command -v abidiff >/dev/null || { echo "SKIP: there is no abidiff"; exit 77; }
readelf -S "$library" | grep -q debug_info || { echo "SKIP: $library is built without -g"; exit 77; }

[ "$(uname -m)" = x86_64 ] || { echo "SKIP: the text is of x86_64"; exit 77; }

text=$(mktemp) now=$(mktemp)
trap 'rm -f "$text" "$now"' EXIT
ok "the interface as text" make -s abi ABI="$now" B="$build"
compare() { abidiff --no-added-syms "$1" "$now"; }
ok "what was in the interface is as it was (else: another SOVERSION; make abi)" compare plugin/libcriu-rewrite.abi
sed "s/elf-symbol name='crw_free'/elf-symbol name='crw_gone'/" plugin/libcriu-rewrite.abi >"$text"
not_ok_if "a function that is gone is seen" compare "$text"
sed "/class-decl name='crw_fact'/,/class-decl>/s/layout-offset-in-bits='64'/layout-offset-in-bits='128'/" plugin/libcriu-rewrite.abi >"$text"
not_ok_if "and a member that moved" compare "$text"
tap_end
