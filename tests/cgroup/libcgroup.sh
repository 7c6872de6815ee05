#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compares cgroup/convert_weight.c with libcgroup 3 of Debian 13, the first that converts. It is unpacked beside the laboratory's
# rootfs, not installed in it; where it cannot be had, the test is skipped and says so.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
root=$("$top/tests/lab/unpack.sh" trixie usr/include/libcgroup.h libcgroup3 libcgroup-dev cgroup-tools) || {
	echo "1..0 # $root"
	exit 77
}
# shellcheck disable=SC2016
exec "$top/tests/lab/enter.sh" --share "$root" trixie sh -euc '
	lib=/share/usr/lib/$(gcc -print-multiarch)
	gcc -O2 -std=gnu11 -D_GNU_SOURCE -I/share/usr/include -o /tmp/test /src/tests/cgroup/libcgroup.c \
		/src/plugin/cgroup/convert_weight.c /src/proto/bytes.c -L"$lib" -lcgroup -Wl,-rpath,"$lib" -Wl,--allow-shlib-undefined
	/tmp/test'
