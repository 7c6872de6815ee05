#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job through LXC, from cgroup v1 to v2, and the limits of v2. The kernel's AppArmor is off: lxc-start wants its
# parser otherwise.
. "$(dirname "$0")/lib.sh"
share bookworm
lxc() { machine --suite bookworm --append apparmor=0 "$@"; }
absorb < <(lxc --cpus 4 bash $inner/lxc_dump.sh)
absorb < <(lxc --cpus 2 bash $inner/lxc_fit.sh)
absorb < <(lxc --cpus 4 --cgroups v2 bash $inner/lxc_dump.sh)
absorb < <(lxc --cpus 2 --cgroups v2 bash $inner/lxc_v2.sh)
tap_end
