#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Executes the rules of doc/cookbook.md on a small checkpoint: each changes something in it.
# shellcheck source=tests/doc/lib.sh
. "$(dirname "$0")/lib.sh"

fown='"fown": {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0}'
opts='"so_sndbuf": 1, "so_rcvbuf": 1, "so_snd_tmo_sec": 0, "so_snd_tmo_usec": 0, "so_rcv_tmo_sec": 0, "so_rcv_tmo_usec": 0'
socket() { # ID STATE SOURCE PORT DESTINATION PORT
	local family=INET
	case $3 in *:*) family=INET6 ;; esac
	echo "{\"type\": \"INETSK\", \"id\": $1, \"isk\": {\"id\": $1, \"ino\": $1, \"family\": \"$family\", \"type\": \"STREAM\",
	\"proto\": \"TCP\", \"state\": \"$2\", \"src_port\": $4, \"dst_port\": $6, \"flags\": \"0x2\", \"backlog\": 1,
	\"src_addr\": [\"$3\"], \"dst_addr\": [\"$5\"], $fown, \"opts\": {$opts, \"so_bound_dev\": \"eth0\"}}}"
}
file() { # ID NAME
	echo "{\"type\": \"REG\", \"id\": $1, \"reg\": {\"id\": $1, \"flags\": \"O_RDWR\", \"pos\": 0, $fown, \"name\": \"$2\",
	\"size\": 385}}"
}
encode inventory.img <<<'{"magic": "INVENTORY", "entries": [{"img_version": 1}]}'
encode files.img <<-END
	{"magic": "FILES", "entries": [$(socket 1 LISTEN 10.0.0.5 80 0.0.0.0 0), $(socket 2 ESTABLISHED 10.0.0.5 80 10.0.0.1 90),
	$(socket 3 LISTEN fd00::5 81 :: 0), $(file 4 /srv/old/log), $(file 5 /var/log/app.log), $(file 6 /dev/pts/0),
	$(file 7 /home/me/diary)]}
END
encode fdinfo-2.img <<<'{"magic": "FDINFO", "entries": [{"id": 4, "flags": 0, "type": "REG", "fd": 3}]}'
encode utsns-9.img <<<'{"magic": "UTSNS", "entries": [{"nodename": "web-1", "domainname": ""}]}'
encode netns-9.img <<<'{"magic": "NETNS", "entries": [{}]}'
encode netdev-9.img <<'END'
{"magic": "NETDEV", "entries": [{"type": "VETH", "ifindex": 2, "mtu": 1500, "flags": "0x1", "name": "eth0"},
	{"type": "VETH", "ifindex": 3, "mtu": 1500, "flags": "0x1", "name": "eth1"}]}
END
encode route-9.img <<'END'
{"magic": "ROUTE", "entries": [{"rtm_dst_len": 24, "dst": ["10.0.0.0"], "oif": 2}]}
END
encode mountpoints-12.img <<'END'
{"magic": "MNTS", "entries": [{"fstype": 0, "mnt_id": 2, "root_dev": "0:1", "parent_mnt_id": 1, "flags": "0x0", "root": "/",
	"mountpoint": "/", "source": "x", "options": ""},
	{"fstype": 5, "mnt_id": 3, "root_dev": "0:9", "parent_mnt_id": 2, "flags": "0x0", "root": "/", "mountpoint": "/run/secrets",
	"source": "tmpfs", "options": ""}]}
END
encode tty-info.img <<'END'
{"magic": "TTY_INFO", "entries": [{"id": 1, "type": "PTY", "locked": false, "exclusive": false, "packet_mode": false, "sid": 1,
	"pgrp": 1, "rdev": 34816, "pty": {"index": 0}}]}
END
encode core-2.img <<'END'
{"magic": "CORE", "entries": [{"mtype": "X86_64", "thread_core": {"futex_rla": 0, "futex_rla_len": 0, "creds": {"uid": 0,
	"gid": 0, "euid": 0, "egid": 0, "suid": 0, "sgid": 0, "fsuid": 0, "fsgid": 0, "secbits": 0, "lsm_profile": "mine"}}}]}
END

awk '/^```rules$/ { file = sprintf("%02d.rules", ++n); inside = 1; next } /^```$/ { inside = 0 } inside { print >file }' \
	"$top/doc/cookbook.md"
tar -czf secrets.tar.gz -T /dev/null # of /etc/criu
sed -i "s,/etc/criu/secrets,$PWD/secrets," ./*.rules
for rules in [0-9]*.rules; do
	"$program" plan --rules "$rules" dump >out 2>&1
	status=$?
	is "$status$(grep "nothing matched" out)" 3 "$rules: $(head -n 1 "$rules")"
	[ $status = 3 ] || sed 's/^/# /' out
done
tap_end
