#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job through Podman: an archive from one machine to another, and from cgroup v1 to v2. Debian 13's with crun,
# and Debian 12's with runc, for its crun is built without CRIU; of that only the job itself, unless LONG=1.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(machine --suite trixie --cpus 4 env RUNTIME=crun bash $inner/podman_dump.sh)
absorb < <(machine --suite trixie --cpus 2 env RUNTIME=crun LONG=1 bash $inner/podman_fit.sh)
absorb < <(machine --suite trixie --cpus 2 --cgroups v2 env RUNTIME=crun bash $inner/podman_v2.sh)
rm -rf "$share"
share bookworm
absorb < <(machine --suite bookworm --cpus 4 env RUNTIME=runc bash $inner/podman_dump.sh)
absorb < <(machine --suite bookworm --cpus 2 env RUNTIME=runc LONG="${LONG-}" bash $inner/podman_fit.sh)
tap_end
