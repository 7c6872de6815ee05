#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compares cgroup/convert_weight.c with libcgroup 3 of Debian 13, the first that converts. It is unpacked beside the laboratory's
# rootfs, not installed in it; where it cannot be had, the test is skipped and says so.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
state=$top/.lab/libcgroup
skip() { echo "1..0 # SKIP $*"; exit 77; }

[ "$(id -u)" = 0 ] || skip "the laboratory needs root"
fetch() {
	mirror=$(apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Identifier: Packages' |
		sed -n 's,^Debian/Debian ,,p' | head -n 1)
	rm -rf "$state"
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/root"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$state/sources.list"
	set -- -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache" -o APT::Sandbox::User=root
	cd "$state"
	apt-get "$@" update && apt-get "$@" download libcgroup3 libcgroup-dev || return
	for deb in ./*.deb; do dpkg-deb -x "$deb" root; done
}
if [ ! -e "$state/root/usr/include/libcgroup.h" ]; then
	mkdir -p "$top/.lab"
	(fetch) >"$top/.lab/libcgroup.log" 2>&1 ||
		skip "libcgroup 3 cannot be downloaded: $(grep -E '^[EW]:' "$top/.lab/libcgroup.log" | tail -n 1)"
fi
# shellcheck disable=SC2016
exec "$top/tests/lab/enter.sh" --share "$state" trixie sh -euc '
	lib=/share/root/usr/lib/$(gcc -print-multiarch)
	gcc -O2 -std=gnu11 -D_GNU_SOURCE -I/share/root/usr/include -o /tmp/test /src/tests/cgroup/libcgroup.c \
		/src/plugin/cgroup/convert_weight.c /src/proto/bytes.c -L"$lib" -lcgroup -Wl,-rpath,"$lib" -Wl,--allow-shlib-undefined
	/tmp/test'
