#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `doctor` names what a restore here would fail on, and real CRIU then fails on it: for each cause a real checkpoint, and
# one change of the host. Where nothing was changed doctor ends with 0 and the restore works. CRIU 4.2.1, and 3.17.1 for a kernel
# that it cannot work on; with LONG=1 4.1.1 and 4.3 too.
. "$(dirname "$0")/lib.sh"
share sid
absorb < <(here sid bash $inner/doctor.sh)
kept=$(mktemp -d)
cp -r "$share/checkpoint" "$kept"
rm -rf "$share"
share bookworm
mv "$kept/checkpoint" "$share/"
rmdir "$kept"
absorb < <(here bookworm bash $inner/doctor_kernel.sh)
if [ -n "${LONG-}" ]; then
	for pair in trixie:trixie sid:experimental; do
		rm -rf "$share"
		share ${pair%:*}
		absorb < <(here ${pair#*:} bash $inner/doctor.sh)
	done
	rm -rf "$share"
	share sid
	absorb < <(here sid bash $inner/doctor_ipv6.sh dump)
	absorb < <(machine --suite sid --append ipv6.disable=1 bash $inner/doctor_ipv6.sh restore)
fi
tap_end
