#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The first change of doc/architecture.md, made as it stands there.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
[ -e build/criu-rewrite ] || { echo "SKIP: there is no build/criu-rewrite; run make"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -a cli doc plugin proto rules tests Makefile criu-rewrite.* ./*.md "$work"
mkdir "$work/build"
cp -a build/{cli,plugin,proto,rules,oci} build/*.* build/criu-rewrite "$work/build"
cd "$work" || exit 1

lines=$(awk '/^## / { on = /first change/ } on && sub(/^    /, "")' doc/architecture.md)
row=$(grep '^FACT(' <<<"$lines")
sed -i "/\"host.pid.max\"/a $row" plugin/facts.def
ok "the row is there" grep -qF "$row" plugin/facts.def
ok "make and the rest" bash -e <(grep -v '^FACT(' <<<"$lines")
is "$(build/criu-rewrite facts host.threads.max)" "$(cat /proc/sys/kernel/threads-max)" "the fact"
is "$(tests/doc/tables.sh | sed -n 's/^not ok [0-9]* - //p')" facts "tests/doc/tables.sh misses it in the page"
tap_end
