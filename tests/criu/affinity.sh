#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The CPUs that single threads are pinned to go from 4 CPUs to as many, and to 2.
. "$(dirname "$0")/lib.sh"
for suite in bookworm trixie; do
	share $suite
	absorb < <(machine --suite $suite --cgroups v2 --cpus 4 bash $inner/affinity.sh dump)
	absorb < <(machine --suite $suite --cgroups v2 --cpus 2 bash $inner/affinity.sh)
	rm -rf "$share"
done
tap_end
