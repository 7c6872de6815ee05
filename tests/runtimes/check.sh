#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The rows of the matrix that tell most: groups of a container's own, another name, a runtime that is called from the root
# group; one with all files of rules/library, the others with those that move or limit.
# `make check-runtimes` runs all of them, with no-cgroups.rules too.
cd "$(dirname "$0")/../.." || exit
rules=$(cd rules/library && printf '%s\n' *.rules | sed 's/\.rules$//; /^default$/d; /^no-cgroups$/d')
exec tests/runtimes/run --rules "stock idle default ${rules//$'\n'/ }" runc-1.1.groups.v2-4.v2-4.- \
	--rules "stock idle default drop-absent host-fit move-to-own v1-to-v2 v2-limits" crun-1.21.groups.v2-4.v2-4.- \
	--rules "stock default move-to-own v2-limits" \
	criu-4.1.groups.v2-4.v2-4.- runc-1.1.plain.v2-4.v2-4.name crun-1.21.plain.v2-4.v2-4.root
