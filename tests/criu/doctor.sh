#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `doctor` names what a restore here would fail on, and real CRIU then fails on it: for each cause a real checkpoint, and
# one change of the host. Where nothing was changed doctor ends with 0 and the restore works.
. "$(dirname "$0")/lib.sh"
share sid
absorb < <(here sid bash $inner/doctor.sh)
if [ -n "${LONG-}" ]; then
	rm -rf "$share"
	share trixie
	absorb < <(here trixie bash $inner/doctor.sh)
	rm -rf "$share"
	share sid
	absorb < <(here sid bash $inner/doctor_ipv6.sh dump)
	absorb < <(machine --suite sid --append ipv6.disable=1 bash $inner/doctor_ipv6.sh restore)
fi
tap_end
