#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `criu-rewrite prepare` on cgroup v1, by libcgroup 2 and 3, on this machine's own kernel. On v2: cgroup_capture.sh, with LONG=1.
. "$(dirname "$0")/lib.sh"
for suite in bookworm trixie; do
	share $suite
	share_libcgroup $suite || continue
	absorb < <(GROUP=crw-$$ here $suite bash $inner/prepare_v1.sh)
	rm -rf "$share"
done
tap_end
