#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits of cgroup v2, nested three deep, go from one machine to another; by themselves CRIU 3.17.1 and 4.1.1 lose them.
# And the command `prepare` makes the groups, with libcgroup 2 and 3.
. "$(dirname "$0")/lib.sh"
packages() {
	case $1 in bookworm) echo libcgroup2 cgroup-tools ;; trixie) echo libcgroup3 libcgroup-dev cgroup-tools ;; esac
}
for suite in bookworm trixie; do
	share $suite
	# shellcheck disable=SC2046
	libcgroup=$("$lab/unpack.sh" $suite usr/sbin/cgconfigparser $(packages $suite)) ||
		{ skip "the command prepare with the libcgroup of $suite" "$libcgroup"; libcgroup=; }
	absorb < <(machine --suite $suite --cgroups v2 --timeout 250 bash $inner/capture.sh)
	recall="bash $inner/recall.sh"
	[ -z "$libcgroup" ] || {
		mkdir "$share/libcgroup"
		find "$libcgroup" -name 'libcgroup.so.[23]*' -exec cp -a {} "$share/libcgroup/" \;
		cp "$libcgroup/usr/sbin/cgconfigparser" "$share/libcgroup/"
		recall="$recall; bash $inner/prepare_command.sh"
	}
	absorb < <(machine --suite $suite --cgroups v2 --timeout 300 bash -c "$recall")
	rm -rf "$share"
done
tap_end
