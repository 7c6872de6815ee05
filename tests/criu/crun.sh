#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job through crun, and from cgroup v1 to v2. Debian 13's: that of Debian 12 is built without CRIU.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(machine --suite trixie --cpus 4 env RUNTIME=crun bash $inner/oci_dump.sh)
absorb < <(machine --suite trixie --cpus 2 env RUNTIME=crun bash $inner/oci_fit.sh)
absorb < <(machine --suite trixie --cpus 2 --cgroups v2 env RUNTIME=crun bash $inner/oci_v2.sh)
tap_end
