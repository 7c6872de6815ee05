#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The judges of `fit` against this machine's kernel, and with LONG=1 against that of emulated machines with cgroup v1 and v2,
# which have the scheduler bfq, for one of their disks.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(GROUP=crw-$$ here trixie bash $inner/judges.sh)
absorb < <(GROUP=crw-$$ here trixie bash $inner/judges_each.sh)
for cgroups in ${LONG:+v1 v2}; do
	absorb < <(machine --suite trixie --cgroups $cgroups --timeout 1200 sh -c \
		"modprobe bfq; echo bfq >/sys/block/vda/queue/scheduler; bash $inner/judges_each.sh")
done
tap_end
