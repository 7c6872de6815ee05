#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cgroup.img is taken apart in one file: no other has field numbers or names of its messages.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
reader=plugin/cgroup/image.c
numbers='\<(CGROUP_(ENTRY|DIR|PROP|PERMS)|CG_(SET|MEMBER|CONTROLLER))_[A-Z_]+\>|"([a-z./]*cgroup/)fields\.h"'
messages='"(cgroup_(dir|prop)_entry|cgroup_perms|cg_(set|member|controller)_entry)"'
sources=(proto rules plugin cli)

# What is found in C and headers, but for the reader and its header.
elsewhere() { # PATTERN
	grep -rnE --include='*.[ch]' "$1" "${sources[@]}" | grep -vE "^($reader|plugin/cgroup/fields\.h):"
}

is "$(elsewhere "$numbers"; grep -ln '"fields\.h"' plugin/cgroup/*.[ch] | grep -v "^$reader")" "" "field numbers of cgroup.img are in $reader alone"
# references.c asks which message a change was in, and reads none.
is "$(elsewhere "$messages" | grep -v '^plugin/references\.c:')" "" "and none but references.c names its messages"
ok "it has them" grep -qE "$numbers" "$reader"
tap_end
