#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make dist`: a tarball with what is in git, its checksum, one version in all that names it. That it builds is tried by
# tests/build/reproducible.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
git rev-parse --git-dir >/dev/null 2>&1 || { echo "SKIP: this is no checkout of git"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^VERSION := //p' Makefile)
tarball=criu-rewrite-$version.tar.gz

ok "make dist" make -s dist B="$work/1"
ok "the checksum is right" sh -c "cd '$work/1' && sha256sum -c '$tarball.sha256'"
is "$(tar -tzf "$work/1/$tarball" | grep -v '/$' | sed "s,^criu-rewrite-$version/,," | sort)" "$(git ls-tree -r --name-only HEAD | sort)" \
	"it has what is in git, in a folder of its name"
ok "again" make -s dist B="$work/2"
ok "the same bytes" cmp "$work/1/$tarball" "$work/2/$tarball"

is "$(sed -n '3s/^\([0-9.]*\).*/\1/p' NEWS)" "$version" "NEWS begins with this version"
is "$(sed -n '1s/.*(\([0-9.]*\)).*/\1/p' debian/changelog)" "$version" "so does debian/changelog"
is "$(sed -n 's/^#define CRW_VERSION_[A-Z]* //p' plugin/criu-rewrite.h | xargs | tr ' ' .)" "$version" "so says the header"
is "$(sed -n 's/^Version: *//p' criu-rewrite.spec)" "$version" "so does criu-rewrite.spec"
tap_end
