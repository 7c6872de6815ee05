# SPDX-License-Identifier: GPL-2.0-only
# For the test scripts of this folder, sourced: what is to be shared with the laboratory.
# shellcheck shell=bash
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$top/tests/lab
. "$top/tests/tap.sh"

# share SUITE: a fresh directory with the project built for SUITE and the tree; its name is in $share
share() {
	local built
	mkdir -p "$top/.lab/share"
	share=$(mktemp -d "$top/.lab/share/XXXXXX") || exit
	trap 'rm -rf "$share"' EXIT
	built=$("$lab/build.sh" "$1") || exit
	cp -r "$built/rewrite.so" "$built/criu-rewrite" "$built/libcriu-rewrite.a" "$built/oci" "$share/"
	sh "$lab/tree.sh" build "$share/tree"
}

# share_libcgroup SUITE: its libcgroup and cgconfigparser, in $share/libcgroup; a skipped check where they cannot be had
share_libcgroup() {
	local packages="libcgroup2 cgroup-tools" unpacked
	[ "$1" != trixie ] || packages="libcgroup3 libcgroup-dev cgroup-tools"
	# shellcheck disable=SC2086
	unpacked=$("$lab/unpack.sh" "$1" usr/sbin/cgconfigparser $packages) ||
		{ skip "the command prepare with the libcgroup of $1" "$unpacked"; return 1; }
	mkdir "$share/libcgroup"
	find "$unpacked" -name 'libcgroup.so.[23]*' -exec cp -a {} "$share/libcgroup/" \;
	cp "$unpacked/usr/sbin/cgconfigparser" "$share/libcgroup/"
}

# here SUITE SCRIPT...: in the rootfs of SUITE, on this machine's own kernel
here() {
	local suite=$1
	shift
	"$lab/enter.sh" --share "$share" "$suite" "$@"
}

# machine OPTION... SCRIPT...: in an emulated machine
machine() { "$lab/machine.sh" --share "$share" "$@"; }

inner=/src/tests/criu/inner

# on_each_criu SCRIPT: of the inner ones, with CRIU 4.1.1, 4.2.1 and 4.3 on this machine's kernel; with IDENTITY=all with 3.17.1,
# too, on an emulated machine
on_each_criu() {
	local pair
	for pair in trixie:trixie sid:sid sid:experimental; do
		share ${pair%:*}
		absorb < <(GROUP=crw-$$ here ${pair#*:} bash "$inner/$1")
		rm -rf "$share"
	done
	[ "${IDENTITY-}" = all ] || return 0
	share bookworm
	absorb < <(machine --suite bookworm bash "$inner/$1")
}
