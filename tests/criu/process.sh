#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU's process and what it restores are the same with the plugin and without: CRIU 4.1.1, with LONG=1
# 4.2.1 too.
. "$(dirname "$0")/lib.sh"
for root in trixie ${LONG:+sid}; do
	share $root
	here $root cc -shared -fPIC -o /share/probe.so $inner/probe.c
	here $root cc -shared -fPIC -DREFUSE -o /share/refuse.so $inner/probe.c
	absorb < <(GROUP=crw-process-$$ here $root bash $inner/process.sh)
	rm -rf "$share"
done
tap_end
