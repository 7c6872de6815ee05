#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: rootfs.sh ROOT
# Makes, unless they are there, for a ROOT of the table `roots`:
#   .lab/ROOT           a Debian with CRIU, the runtimes and what the project is built with
#   .lab/ROOT.ext4      the same as a disk for an emulated machine
#   .lab/ROOT.kernel/   with bookworm: vmlinuz, modules.ext4 and initrd of its cloud kernel (6.1). The emulated machines have
#                       this one kernel: 6.12 of trixie has no v1 cpuset, and one boot in three of it panics in the
#                       emulator of Debian 12.
set -eu
. "$(dirname "$0")/lab.sh"

[ $# = 1 ] || die "usage: rootfs.sh ROOT"
root=$1
known "$root"

row() { grep "^$root " "$(dirname "$0")/roots"; }
column() { row | cut -d'|' -f"$1" | tr -s ' ' | sed 's/^ //; s/ $//'; }
suite=$(column 2)
# Debian 12 has pycriu inside its criu package, and libcriu without the headers.
newer=$(column 4)
packages="criu python3-protobuf runc crun procps iproute2 kmod strace busybox-static
	gcc libc6-dev make pkg-config protobuf-c-compiler libprotobuf-c-dev libjansson-dev
	libarchive-dev podman $(column 3)"

# Part of the name of what is built, so that a change of this script or of the root's row builds anew.
recipe=$({ row; cat "$0" "$(dirname "$0")/guest-initrd.sh"; } | cksum | cut -d' ' -f1)
[ "$(cat "$state/$root.recipe" 2>/dev/null)" = "$recipe" ] && exit

root_rights
lock
[ "$(cat "$state/$root.recipe" 2>/dev/null)" = "$recipe" ] && exit
need mmdebstrap mmdebstrap
need mke2fs e2fsprogs
need cpio cpio
need modprobe kmod
need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring

# The machine's own mirror of Debian: whatever reaches it from here, reaches the other suites too.
mirror() {
	apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Identifier: Packages' |
		sed -n 's,^Debian/Debian ,,p' | head -n 1
}
mirror=$(mirror)
[ -n "$mirror" ] || { apt-get update >/dev/null; mirror=$(mirror); }
[ -n "$mirror" ] || die "apt's configuration names no Debian mirror (apt-get indextargets)"

tmp=$state/$root.tmp
kernel=$tmp/kernel
rm -rf "$tmp"
mkdir -p "$tmp" "$kernel" "$state/debs"

# Proxy, checks of date and the like are the machine's business as well.
apt-config dump --format '%F "%v";%n' Acquire >"$tmp/apt.conf"

# The kernel is unpacked, not installed: its package would want an initramfs builder. (The hooks' $1 is the new root.)
set --
# shellcheck disable=SC2016
[ "$root" != bookworm ] || set -- \
	--customize-hook='chroot "$1" sh -ec "cd /tmp; apt-get download \$(apt-cache depends linux-image-cloud-amd64 | grep -o \"linux-image-[0-9].*\")"' \
	--customize-hook="dpkg-deb -x \"\$1\"/tmp/linux-image-*.deb '$kernel' && rm \"\$1\"/tmp/*.deb"

# Of another suite apt takes these packages alone.
[ -z "$newer" ] || {
	printf 'Package: %s\nPin: release a=%s\nPin-Priority: 900\n' "${newer#*: }" "${newer%%:*}" >"$tmp/preferences"
	set -- "$@" --setup-hook="cp '$tmp/preferences' \"\$1/etc/apt/preferences.d/newer\""
}
signed="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"

say "$root: building (apt's log in $state/$root.log)"
mmdebstrap --variant=minbase --include="$(echo "$packages" | tr -s ' \n\t' ,)" \
	--aptopt="$tmp/apt.conf" \
	--aptopt='APT::Install-Recommends "false"' \
	--dpkgopt=force-unsafe-io \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--skip=download/empty --skip=essential/unlink \
	--setup-hook="mkdir -p \"\$1/var/cache/apt/archives\" && cp -alfn '$state'/debs/. \"\$1/var/cache/apt/archives\"" \
	--customize-hook="mkdir \"\$1/src\" \"\$1/share\"" \
	--customize-hook="cp -alf \"\$1\"/var/cache/apt/archives/*.deb '$state/debs'" \
	"$@" \
	"$suite" "$tmp/root" "deb $signed $mirror $suite main" ${newer:+"deb $signed $mirror ${newer%%:*} main"} \
	>"$state/$root.log" 2>&1 9>&- || die "$root: mmdebstrap failed, from $mirror:
$(grep -E '^(E|W):' "$state/$root.log" | tail -n 5)"

unpack_kernel() {
	release=$(ls "$kernel/lib/modules")
	mv "$kernel"/boot/vmlinuz-* "$kernel/vmlinuz"
	depmod -b "$kernel" "$release"
	du=$(du -sm "$kernel/lib/modules/" | cut -f1)
	mke2fs -q -t ext4 -O ^has_journal -d "$kernel/lib/modules/" "$kernel/modules.ext4" $((du * 5 / 4 + 16))M >/dev/null

	# The kernel has its disk driver as modules: a first root with nothing but them, and what finds the real one.
	first=$tmp/initrd
	mkdir -p "$first/bin" "$first/modules" "$first/dev" "$first/proc" "$first/root"
	cp "$tmp/root/bin/busybox" "$first/bin/"
	n=100
	modprobe -d "$kernel" -S "$release" -D -a virtio_pci virtio_blk | awk '!seen[$0]++' | while read -r word file _; do
		[ "$word" = insmod ] || continue
		n=$((n + 1))
		cp "$file" "$first/modules/$n.ko"
	done
	cp "$(dirname "$0")/guest-initrd.sh" "$first/init"
	(cd "$first" && find . | cpio -o -H newc --quiet) >"$kernel/initrd"
	rm -rf "${kernel:?}"/lib "${kernel:?}"/boot "${kernel:?}"/usr "$first"
}
[ "$root" != bookworm ] || unpack_kernel

mke2fs -q -t ext4 -O ^has_journal -d "$tmp/root" "$tmp/ext4" 3G >/dev/null

# Nothing was in place up to here; the recipe comes last and says that all of it is.
rm -rf "$state/$root.recipe" "${state:?}/$root" "$state/$root.ext4" "$state/$root.kernel"
mv "$tmp/root" "$state/$root"
mv "$tmp/ext4" "$state/$root.ext4"
[ "$root" != bookworm ] || mv "$kernel" "$state/$root.kernel"
echo "$recipe" >"$state/$root.recipe"
rm -rf "$tmp"
say "$root: CRIU $(sed -n '/^Package: criu$/,/^$/s/^Version: //p' "$state/$root/var/lib/dpkg/status")"
