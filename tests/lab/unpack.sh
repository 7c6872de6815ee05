#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: unpack.sh SUITE FILE PACKAGE...
# Has packages of a Debian suite unpacked beside the laboratory's root filesystems, not installed in one: in .lab/unpacked/SUITE,
# which it prints. FILE is one that is there then. Exit status 77 with the reason where they cannot be had.
set -eu
. "$(dirname "$0")/lab.sh"

suite=$1 file=$2 dir=$state/unpacked/$1
shift 2
fetch() {
	mirror=$(apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Identifier: Packages' |
		sed -n 's,^Debian/Debian ,,p' | head -n 1)
	rm -rf "$dir"
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
	cd "$dir/apt"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >sources.list
	packages=$*
	set -- -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache" -o APT::Sandbox::User=root
	# shellcheck disable=SC2086
	apt-get "$@" update && apt-get "$@" download $packages || return
	for deb in ./*.deb; do dpkg-deb -x "$deb" "$dir"; done
	rm -rf "$dir/apt"
}
root_rights
lock
[ -e "$dir/$file" ] || (fetch "$@") >"$state/unpacked.log" 2>&1 ||
	skip "$* cannot be downloaded: $(grep -E '^[EW]:' "$state/unpacked.log" | tail -n 1)"
echo "$dir"
