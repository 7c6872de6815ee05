#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The verbs that give a checkpoint another identity: on this machine's kernel with CRIU 4.2.1 and 4.3, and under runc; with
# IDENTITY=all on emulated machines, too, with 3.17.1 and 4.1.1, which cannot dump sockets on every kernel, and crun.
. "$(dirname "$0")/lib.sh"
who() { "${CC:-cc}" -O2 -static -o "$share/who" "$lab/who.c"; }
for root in sid experimental; do
	share $root
	who
	absorb < <(here $root bash $inner/identity.sh)
	rm -rf "$share"
done
share sid
who
absorb < <(GROUP=crw-$$ here sid bash $inner/identity_oci.sh)
rm -rf "$share"
[ "${IDENTITY-}" = all ] && machines="bookworm trixie" runtimes="bookworm:runc trixie:runc trixie:crun"
for root in ${machines-}; do
	share $root
	who
	absorb < <(machine --suite $root bash $inner/identity.sh)
	rm -rf "$share"
done
for pair in ${runtimes-}; do
	share "${pair%:*}"
	who
	absorb < <(machine --suite "${pair%:*}" env RUNTIME="${pair#*:}" bash $inner/identity_oci.sh)
	rm -rf "$share"
done
[ "${IDENTITY-}" != all ] || unpacked=$("$lab/unpack.sh" bookworm sbin/apparmor_parser apparmor) ||
	skip "lsm" "$unpacked"
for root in ${unpacked:+bookworm trixie sid experimental}; do
	share $root
	cp "$unpacked/sbin/apparmor_parser" "$share/"
	absorb < <(machine --suite $root --append "apparmor=1 security=apparmor" bash $inner/lsm.sh)
	rm -rf "$share"
done
tap_end
