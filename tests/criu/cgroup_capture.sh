#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of cgroup v2, nested three deep, go from one machine to another; by themselves CRIU 3.17.1 and 4.1.1 lose them.
. "$(dirname "$0")/lib.sh"
for suite in bookworm trixie; do
	share $suite
	absorb < <(machine --suite $suite --cgroups v2 --timeout 250 bash $inner/capture.sh)
	absorb < <(machine --suite $suite --cgroups v2 --timeout 250 bash $inner/recall.sh)
	rm -rf "$share"
done
tap_end
