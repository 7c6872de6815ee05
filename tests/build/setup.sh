#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On a machine where something is missing, make names all of it with its package, and compiles nothing. And with nothing
# missing it hands on what a packager sets.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- programs that are missing
mkdir "$work/bin"
for tool in sh make mkdir dirname basename env gcc cc find cat printf rm; do
	ln -s "$(command -v $tool)" "$work/bin/$tool"
done
not_ok_if "without pkg-config and protoc-c it does not build" \
	env PATH="$work/bin" make B="$work/build" all
said=$(PATH="$work/bin" make B="$work/build" all 2>&1)
is "$(grep -v ^make <<<"$said")" "pkg-config is missing; in Debian it is in pkg-config
protoc-c is missing; in Debian it is in protobuf-c-compiler
To install them: apt-get install pkg-config protobuf-c-compiler" "and names both"
is "$(find "$work" -name '*.o')" "" "nothing is compiled"

# ---- headers that are missing
hidden() {
	unshare -m sh -c 'mount -t tmpfs none /usr/include/criu && mount -t tmpfs none /usr/include/protobuf-c && "$@"' sh "$@"
}
if hidden true 2>/dev/null; then
	not_ok_if "without headers it does not build" hidden make B="$work/build" all
	is "$(hidden make B="$work/build" all 2>&1 | grep -o '^[^ ]*\.h is missing; in Debian it is in [a-z-]*' |
		sed 's/ criu$/ libcriu-dev/')" "protobuf-c/protobuf-c.h is missing; in Debian it is in libprotobuf-c-dev
criu/criu-plugin.h is missing; in Debian it is in libcriu-dev" "and names them"
else
	skip "headers that are missing" "nothing can be mounted here"
fi

# ---- what is handed on
commands=$(make -n -B V=1 B="$work/build" CC=some-cc CPPFLAGS=-Dsome CFLAGS="-O2 -gsome" LDFLAGS=-Lsome all)
is "$(grep -c '^some-cc .* -Dsome -O2 -gsome .* -c ' <<<"$commands")" "$(grep -c ' -c -o ' <<<"$commands")" \
	"CC, CPPFLAGS and CFLAGS are in every compilation"
is "$(grep -c '^some-cc .* -Lsome ' <<<"$commands")" 3 "LDFLAGS in every link"
is "$(grep -c -- '-D_FORTIFY_SOURCE=2 .*-c -o ' <<<"$commands")" "$(grep -c ' -c -o ' <<<"$commands")" "hardened"
is "$(make -n -B HARDEN= B="$work/build" all | grep -c 'FORTIFY\|stack-protector\|relro')" 0 "unless that is not wanted"

# ---- what came of it
for file in build/rewrite.so build/criu-rewrite; do
	[ -e $file ] || { skip "$file is hardened" "run make"; continue; }
	ok "$file: relocations are read-only" sh -c "readelf -lW $file | grep -q GNU_RELRO"
	ok "$file: and made at once" sh -c "readelf -dW $file | grep -q 'BIND_NOW\|NOW'"
	ok "$file: the stack is protected" sh -c "readelf --dyn-syms -W $file | grep -q __stack_chk_fail"
	ok "$file: calls are checked" sh -c "readelf --dyn-syms -W $file | grep -q _chk@"
done
tap_end
