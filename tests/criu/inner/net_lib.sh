# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced after lib.sh: a task in a network namespace of its own, which has a link
# with an address of each version, routes and rules. Both ends of the link are in it, so that CRIU needs no option.
# shellcheck shell=bash disable=SC2154,SC2016
task=
# Not all roots have iptables, by which CRIU locks the network unless it is told otherwise.
lock=()
if ! command -v ip6tables-restore >/dev/null; then lock=(--network-lock nftables); fi

# start COMMAND...: the namespace is made by them, in a shell
start() {
	rm -f /share/ready
	setsid unshare -n sh -c '
		ip link set lo up
		ip link add eth0 type veth peer name peer0
		ip link set peer0 up
		ip link set eth0 up
		ip addr add 10.0.0.5/24 brd + dev eth0
		ip -6 addr add fd00::5/64 dev eth0 nodad
		ip route add default via 10.0.0.1 src 10.0.0.5
		ip route add 10.8.0.0/16 via 10.0.0.1 mtu 1400
		ip -6 route add default via fd00::1
		ip rule add from 10.0.0.5 lookup 100 pref 50
		eval "$1"
		echo $$ >/share/ready
		exec sleep 10000' sh "$*" </dev/null >/dev/null 2>&1 &
	disown
	for _ in $(seq 100); do if [ -s /share/ready ]; then break; fi; sleep 0.1; done
	task=$(cat /share/ready)
}
stop() {
	[ -n "$task" ] || return
	kill -9 "$task" 2>/dev/null
	/src/tests/lab/ended "$task"
}

# inside COMMAND...: in the namespace of the task
inside() { nsenter -t "$task" -n "$@"; }

# dump_net [OPTION...]: of the task, which ends
dump_net() {
	rm -rf "$images"
	mkdir -p "$images"
	criu dump -t "$task" -D "$images" -W "$work" -o dump.log -v4 "${lock[@]}" "$@" || { grep Error "$work/dump.log"; return 1; }
	stop
}
restore_net() { timeout -k 5 60 criu restore -d -D "$images" -W "$work" -o restore.log -v4 "$@"; }
