# SPDX-License-Identifier: GPL-2.0-only
# For the test scripts of this folder, sourced.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../criu/lib.sh"

# share_subject SUITE: as share(), with the processes of this folder
share_subject() {
	share "$1"
	gcc -O2 -static -D_GNU_SOURCE -Wall -Wextra -o "$share/subject" "$top/tests/migrate/subject.c" || exit
}

inner=/src/tests/migrate/inner
# What a machine needs for inner/lib.sh.
modules='modprobe -a veth bridge nf_tables nft_compat xt_mark xt_conntrack xt_tcpudp ip_tables iptable_filter 2>/dev/null'
