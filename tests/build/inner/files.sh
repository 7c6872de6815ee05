# SPDX-License-Identifier: GPL-2.0-only
# Sourced in a Debian with nothing on it.
# shellcheck shell=bash

# Every file with its mode, owner, and content, but for what apt and a running system change.
files() {
	local each=(find / -xdev \( -path /proc -o -path /sys -o -path /root -o -path /tmp -o -path /out -o -path /var/lib/dpkg
		-o -path /var/lib/apt -o -path /var/cache -o -path /var/log \) -prune -o)

	{
		"${each[@]}" -printf '%p %M %U:%G %l\n'
		"${each[@]}" -type f -exec sha256sum {} +
	} | sort
}
