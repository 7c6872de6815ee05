#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Raw images of a real network namespace: all images come back byte for byte; what rules say of addresses, routes, rules and
# filters, and connections that are tracked, is so after the restore; and what CRIU cannot restore by itself it can.
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/net_lib.sh

# Packet filters of each kind that this root and kernel have: for each its image.
filter() {
	echo "$nft add table ip t; $nft add chain ip t c; $nft add rule ip t c ip daddr 10.0.0.99 drop
		iptables-legacy -A OUTPUT -d 10.0.0.99 -j DROP
		ip6tables-legacy -A OUTPUT -d fd00::99 -j DROP"
}
filters() {
	for kind in "$nft list ruleset" "iptables-legacy -S" "ip6tables-legacy -S"; do
		# shellcheck disable=SC2086
		inside $kind 2>/dev/null | grep -o '10\.[0-9]*\.0\.99\|fd0[0-9]::99' | sort -u | sed "s,^,$(basename "${kind%% *}") ,"
	done
}

# For whom they are: CRIU 3.17 makes those of iptables-legacy anew by the iptables of nft.
filtered() { filters | sed 's/.* //' | sort -u; }

# A connection that the kernel tracks, without a socket, for as long as the test takes.
track() {
	modprobe nf_conntrack_netlink 2>/dev/null # what CRIU asks for them
	echo "$nft add chain ip t tracked '{ type filter hook output priority 0; policy accept; }'
		$nft add rule ip t tracked ct state invalid drop
		echo 100000 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout
		python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(1), (\"10.0.0.98\", 9))'"
}
tracked() { inside cat /proc/net/nf_conntrack 2>/dev/null | grep -o 'src=[0-9.]* dst=10\.[0-9]*\.0\.98' | sort -u; }

there_and_back() {
	local image
	for image in "$images"/*.img; do
		case $image in */pages-*) continue ;; esac
		/share/criu-rewrite decode -i "$image" >/share/json || return
		/share/criu-rewrite encode -i /share/json -o /share/again || return
		cmp "$image" /share/again || return
		/share/criu-rewrite decode --pretty -i "$image" | /share/criu-rewrite encode -o /share/again || return
		cmp "$image" /share/again || return
	done
}
has() { # WHAT COMMAND...
	local what=$1
	shift
	inside "$@" | grep -q "$what"
}
lacks() { if has "$@"; then return 1; fi; }
attempt() {
	restore_net "$@"
	local status=$?
	if [ $status != 0 ]; then tail -n 6 "$log"; fi
	return $status
}

unconfigure
install_plugin
start "$(filter)
$(track)"
before=$(filtered)
ok "there is a filter" test -n "$before"
for kind in iptables ip6tables; do
	if ! filters | grep -q "^$kind-legacy"; then skip "filters of $kind" "they are not in this root, or not in this kernel"; fi
done
is "$(tracked)" "src=10.0.0.5 dst=10.0.0.98" "a connection is tracked"
ok "dump" dump_net
count=$(find "$images" -name '*.img' ! -name 'pages-*' | wc -l)
ok "$count images decode and encode back byte for byte" there_and_back
ok "an address is read as people write it" sh -c '/share/criu-rewrite get /share/images ifaddr_entry | grep -q " address=10.0.0.5 "'

ok "restored as it is" attempt
ok "it has the address of the other host" has 'inet 10.0.0.5/24' ip addr
is "$(filtered)" "$before" "filters are for the address that they were for"
is "$(tracked)" "src=10.0.0.5 dst=10.0.0.98" "the connection is tracked again"
stop
configure <<EOF
let old = 10.0.0.0/24
ifaddr_entry[address in old] set address=10.7.0.9, local=10.7.0.9, broadcast=10.7.0.255, ifa_prefixlen=24
ifaddr_entry[address=fd00::5] set address=fd07::9
route_entry[dst = 10.0.0.0] set dst=10.7.0.0
route_entry[prefsrc in old] set prefsrc=10.7.0.9
route_entry[gateway = 10.0.0.1] set gateway=10.7.0.1
route_entry[gateway = fd00::1] set gateway=fd07::1
route_entry[dst = fd00::] set dst=fd07::
route_entry[dst = 10.8.0.0] delete
rule_entry[src = 10.0.0.5] set src=10.7.0.9, table=200, frh_table=200
conntrack_entry.tuple_orig.ip[v4_src = 10.0.0.5] set v4_src=10.7.0.9
conntrack_entry.tuple_orig.ip[v4_dst in old] set v4_dst=carry(v4_dst, old, 10.7.0.0/24)
conntrack_entry.tuple_reply.ip[v4_dst = 10.0.0.5] set v4_dst=10.7.0.9
conntrack_entry.tuple_reply.ip[v4_src in old] set v4_src=carry(v4_src, old, 10.7.0.0/24)
nftables_entry[line ~ "*10.0.0.99*"] set line=replace(line, "10.0.0.99", "10.7.0.99")
iptables_entry[line ~ "*10.0.0.99*"] set line=replace(line, "10.0.0.99", "10.7.0.99")
iptables_entry[line ~ "*fd00::99*"] set line=replace(line, "fd00::99", "fd07::99")
EOF
ok "restored with rules" attempt
ok "address" has 'inet 10.7.0.9/24 brd 10.7.0.255' ip addr
ok "address of version 6" has 'inet6 fd07::9/64' ip addr
ok "route" has 'default via 10.7.0.1 dev eth0 src 10.7.0.9' ip route
ok "a route that was deleted" lacks 10.8.0.0 ip route
ok "route of version 6" has 'default via fd07::1' ip -6 route
ok "rule" has 'from 10.7.0.9 lookup 200' ip rule
ok "the host itself is still looked up" has 'from all lookup local' ip rule
is "$(filtered)" "$(sed 's/10\.0\.0/10.7.0/; s/fd00/fd07/' <<<"$before")" "filters are for the other address"
is "$(tracked)" "src=10.7.0.9 dst=10.7.0.98" "the connection is tracked under the other addresses"
ok "nothing is left of the old address" lacks '10\.0\.0\.' sh -c 'ip addr; ip route; ip rule'
stop

configure "log-level debug" <<EOF
ifaddr_entry delete
route_entry delete
rule_entry delete
EOF
ok "restored with emptied images" attempt
ok "without addresses" lacks 10.0.0.5 ip addr
ok "but with the rule for the host itself" has 'from all lookup local' ip rule
ok "which the log says" grep -q 'the rule for the table local stays' "$log"
stop

# Routes of other tables, and rules of version 6, which CRIU does not save.
unconfigure
lost='ip route add 10.9.0.0/16 via 10.0.0.1 table 100; ip route add 10.9.0.0/16 via 10.0.0.1 table 1000
	ip -6 route add fd09::/64 via fd00::1 table 100; ip -6 rule add from fd00::5 lookup 100 pref 60'
start "$lost"
ok "dump without a record" dump_net
ok "restored without" attempt
ok "CRIU has lost the routes" lacks 10.9.0.0 ip route show table 100
stop
configure </src/rules/library/routes.rules
start "$lost"
ok "dump with routes.rules" dump_net
ok "recorded" test -s "$(echo "$images"/rewrite-route-*.img)" -a -s "$(echo "$images"/rewrite-rule-*.img)"
ok "what was recorded decodes and encodes back" there_and_back
ok "restored with routes.rules" attempt
ok "route of table 100" has '10.9.0.0/16 via 10.0.0.1' ip route show table 100
ok "route of table 1000" has '10.9.0.0/16 via 10.0.0.1' ip route show table 1000
ok "route of version 6" has 'fd09::/64 via fd00::1' ip -6 route show table 100
ok "rule of version 6" has 'from fd00::5 lookup 100' ip -6 rule
stop

# Without a carrier at the dump.
unconfigure
start 'ip link set peer0 down; sleep 1'
ok "dump without a carrier" dump_net
not_ok_if "CRIU cannot restore it" restore_net
ok "for this reason" grep -q 'Invalid rtm_flags' "$log"
stop
configure </src/rules/library/no-carrier.rules
ok "no-carrier.rules" attempt
ok "with its routes" has '10.8.0.0/16 via 10.0.0.1' ip route
stop
tap_end
