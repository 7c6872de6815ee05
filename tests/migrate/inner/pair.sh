#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: pair.sh source|destination [--lazy]
# Live migration between two machines with a network between them: the destination has fewer CPUs, its groups elsewhere, another
# address, and the client. First the connection is cut, then the source's program is killed when the destination may have let
# the tasks go, then it is left to do its work.
. /src/tests/migrate/inner/lib.sh
side=$1 lazy=$2 rounds=2
[ -z "$lazy" ] || rounds=0
source=10.7.0.1 destination=10.7.0.2
on() { # HOST COMMAND...
	local host=$1
	shift
	[ "$host" != client ] || set -- ip netns exec client "$@"
	"$@"
}
pair() { python3 /src/tests/migrate/inner/pair.py "$@"; }
. /src/tests/migrate/inner/migrate.lib.sh

modprobe -a virtio_net bridge veth
build_migrate
install_plugin
ip link set eth0 up

source_side() {
	printf '#!/bin/sh\nexec python3 /src/tests/migrate/inner/pair.py ask %s\n' $destination >/share/ask
	ip address add $source/24 dev eth0
	ip address add $address/24 dev eth0
	serve 64
	migrate_there() { # OPTION...
		rm -rf /share/from
		mkdir /share/from
		# shellcheck disable=SC2086
		pair from $destination /share/migrate from "$subject" /share/from COMMANDS MEMORY $rounds --ask /share/ask $nft $lazy "$@"
	}
	not_ok_if "connection cut: not migrated" migrate_there --cut-at restore
	settle
	ok "the tasks go on at the source" runs
	ok "migrated" migrate_there
	settle
	ok "they are gone at the source" gone
}

destination_side() {
	local mac
	ip link add bridge type bridge && ip link set bridge up
	ip link set eth0 master bridge
	ip netns add client
	ip link add at-client type veth peer name eth0 netns client
	ip link set at-client master bridge up
	on client ip link set eth0 up
	on client ip address add 10.7.0.3/24 dev eth0
	ip address add $destination/24 dev bridge
	# The network sends the service's packets where it is said to be; at first to the source.
	on client ip neighbour replace $address lladdr 52:54:00:00:00:01 dev eth0 nud permanent
	mac=$(cat /sys/class/net/bridge/address)
	prepare_destination
	printf '#!/bin/sh\nexec ip address replace %s/24 dev bridge\n' $address >/etc/criu/take-address
	printf '#!/bin/sh\nexec ip netns exec client ip neighbour replace %s lladdr %s dev eth0 nud permanent\n' $address "$mac" \
		>/etc/criu/use-address
	with_rules
	until on client /share/subject ask1 $address $port 2>/dev/null; do sleep 0.2; done
	start_client
	pair answer $destination /share/migrate outcome /share/to &
	subject=7002
	# Each try has its own directory.
	printf '#!/bin/sh\nrm -rf /share/to\nmkdir /share/to\nexec /share/migrate to /share/to "$@"\n' >/share/receive
	chmod 755 /share/receive
	# shellcheck disable=SC2086
	ok "the second try comes here" pair to $destination 2 /share/receive COMMANDS MEMORY $root_option $nft
	ok "the client that was connected is served on, as is a new one" served
	subject=$(cut -d' ' -f1 /share/to/complete)
	is "$(sed -n 's/^[0-9]*:cpuset://p' "/proc/$subject/cgroup") $(cat "$cpuset/$small/ct/cpuset.cpus")" "/$small/ct $one" \
		"the tasks are in the destination's group, on its CPUs"
	if [ -n "$lazy" ]; then
		ok "next to no memory came before the tasks ran" test "$(kib_before)" -lt 4096
	else
		ok "less memory came in the last round than in the first: $(pages 0), $(pages 1), $(pages 2)" test "$(pages 2)" -lt "$(pages 0)"
	fi
}

"${side}_side"
tap_end
