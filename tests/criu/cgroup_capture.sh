#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of cgroup v2, nested three deep, go from one machine to another; by itself CRIU loses them: 4.1.1, with LONG=1
# 3.17.1 too. Then the command `prepare` makes the groups as well, by libcgroup 2 and 3, and both restore into groups that are
# left from the time before.
. "$(dirname "$0")/lib.sh"
for suite in ${LONG:+bookworm} trixie; do
	share $suite
	recall="bash $inner/recall.sh"
	[ -z "${LONG-}" ] || recall="$recall; bash $inner/leftover.sh"
	if [ -n "${LONG-}" ] && share_libcgroup $suite; then recall="$recall; bash $inner/prepare_command.sh"; fi
	absorb < <(machine --suite $suite --cgroups v2 bash $inner/capture.sh)
	absorb < <(machine --suite $suite --cgroups v2 bash -c "$recall")
	rm -rf "$share"
done
tap_end
