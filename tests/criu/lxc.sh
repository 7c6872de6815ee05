#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job through LXC, from cgroup v1 to v2, and the limits of v2. The kernel's AppArmor is off: lxc-start wants its
# parser otherwise.
. "$(dirname "$0")/lib.sh"
share bookworm
lxc() { machine --suite bookworm --append apparmor=0 --timeout 250 "$@"; }
# keep WAY: what the dump left is not for the next one
keep() {
	mkdir "$share/$1" &&
		cp -a "$share/ct" "$share/images" "$share/report.start" "$share/sums" "$share/$1/"
}
absorb < <(lxc --cpus 4 bash $inner/lxc_dump.sh)
keep v1
absorb < <(lxc --cpus 2 bash $inner/lxc_fit.sh)
rm -rf "$share/images"
absorb < <(lxc --cpus 4 --cgroups v2 bash $inner/lxc_dump.sh)
keep v2
absorb < <(lxc --cpus 2 --cgroups v2 bash $inner/lxc_v2.sh)
tap_end
