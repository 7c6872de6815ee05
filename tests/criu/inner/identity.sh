#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A checkpoint gets another identity: for each verb what a restore on this "host" does without it, and with it. The
# namespaces are those of CRIU, as under a runtime that hands over its own network namespace.
. /src/tests/criu/inner/lib.sh

one=/host/srv/a two=/host/data/b
mkdir -p /host
mount -t tmpfs host /host # CRIU finds what is watched on it by its path, on an overlay it does not
mkdir -p /host/srv /host/data
lock=skip
[ ! -x /usr/sbin/nft ] || lock=nftables
[ ! -x /usr/sbin/iptables ] || lock=iptables
network_lock=()
if criu --help | grep -q -e --network-lock; then network_lock=(--network-lock "$lock"); fi

stop_who() {
	local pid
	pid=$(cat $one/ready $two/ready 2>/dev/null | head -n 1)
	[ -n "$pid" ] || return 0
	kill -9 "$pid" 2>/dev/null
	/src/tests/lab/ended "$pid"
}

addresses() { # add|del ADDRESS...
	local action=$1
	shift
	for a in "$@"; do ip address "$action" "$a" dev lo || return; done
}

serve() { # ADDRESS PORT: somebody who is not in the checkpoint
	/share/who serve "$@" </dev/null >/dev/null 2>&1 &
	served=$!
}

ask() { timeout 20 /share/who ask "$@"; }
ask_udp() { timeout 20 /share/who query "$@"; }
reached() { timeout 20 /share/who reach "$@"; }

start() { # [DEVICE|tty]
	rm -rf $one $two
	mkdir -p $one
	echo some >$one/data
	unshare --uts sh -c 'hostname source; exec setsid "$@"' - /share/who $one 10.0.0.5 fd00::5 10.0.0.1 "$@" \
		</dev/null >/dev/null 2>&1 &
	for _ in $(seq 100); do
		[ ! -s $one/ready ] || return 0
		sleep 0.05
	done
	return 1
}

checkpoint() {
	rm -rf $images
	mkdir -p $images
	timeout 60 criu dump -t "$(cat $one/ready)" -D $images -W $work -o dump.log -v4 --tcp-established "${network_lock[@]}" ||
		{ grep -h Error $work/dump.log; return 1; }
	/src/tests/lab/ended "$(cat $one/ready)"
}

# With those of the checkpoint's own images that are in $images.
restored() { # RULES [OPTION...]
	configure <<<"$1"
	connections_end
	timeout 60 criu restore -d -D $images -W $work -o restore.log -v4 --tcp-established "${network_lock[@]}" "${@:2}"
}

fails() { # NAME TEXT [OPTION...]: without a rule
	not_ok_if "$1" restored '' "${@:3}"
	if grep -q "$2" $log; then ok "by CRIU's own error" true
	else ok "by CRIU's own error" false; grep -h Error $log | sed 's/^/# /'; fi
	stop_who
}

works() { # NAME RULES [OPTION...]
	if restored "$2" "${@:3}"; then ok "$1" true
	else ok "$1" false; grep -hE "Error|rewrite" $log | sed 's/^/# /'; fi
}

says() { # HOST DIRECTORY OUTER
	printf 'host %s\ncwd %s\nlog %s/log\ninner open open\nouter %s\n' "$1" "$2" "$2" "$3"
}

install_plugin
ip link add eth7 type veth peer name eth8
addresses add 10.0.0.5/32 10.0.0.1/32 fd00::5/128
serve 10.0.0.1 90
server=$served
sleep 0.5
ok "a task with addresses, ports, paths and connections" start eth7
is "$(ask 10.0.0.5 80)" "$(says source $one open)" "says who it is"
if ! checkpoint; then
	ok "checkpoint" false
	tap_end
	exit 1
fi

# --- without any change ---------------------------------------------------------------
works "restore where nothing has changed" ''
is "$(ask 10.0.0.5 80)" "$(says source $one open)" "it goes on"
stop_who

# --- hostname ---------------------------------------------------------------------------
works "hostname: restore" 'hostname destination'
is "$(ask 10.0.0.5 80)" "$(says destination $one open)" "hostname: another one"
stop_who

# --- close established ------------------------------------------------------------------
works "close established: restore" 'close established'
is "$(ask 10.0.0.5 80)" "$(says source $one closed)" "close established: the connection to outside, not the one inside"
stop_who
works "close established to: restore" 'close established to 10.9.0.0/16'
is "$(ask 10.0.0.5 80)" "$(says source $one open)" "close established to: none goes there"
stop_who

# --- port ---------------------------------------------------------------------------------
serve 10.0.0.5 80
sleep 0.5
fails "port: no restore where it is taken" "Can't bind inet socket"
works "port: restore at another one" 'port 80 to 8080'
is "$(ask 10.0.0.5 8080)" "$(says source $one open)" "port: served there"
stop_who
kill $served

# --- netdev --------------------------------------------------------------------------------
ip link set eth7 name net7
fails "netdev: no restore where the device has another name" "Can't set 1:25"
works "netdev: restore" 'netdev eth7 to net7'
ok "netdev: the socket is bound to it" grep -q "so_bound_dev eth7 -> net7" $log
is "$(ask 10.0.0.5 80)" "$(says source $one open)" "netdev: all goes on"
stop_who
ip link set net7 name eth7

# --- path -----------------------------------------------------------------------------------
mv $one $two
fails "path: no restore where the directory lies elsewhere" "host/srv/a.*: No such file"
works "path: restore" "path \"$one\" to \"$two\""
is "$(ask 10.0.0.5 80)" "$(says source $two open)" "path: files and directories are found there"
ok "path: and the socket" test -S $two/sock
stop_who
mv $two $one

# --- relax file -------------------------------------------------------------------------------
echo more >>$one/data
fails "relax file: no restore when a file has grown" "has bad size"
works "relax file: restore" "relax file \"$one/*\""
is "$(ask 10.0.0.5 80)" "$(says source $one open)" "relax file: all goes on"
stop_who
not_ok_if "relax file: refused for what is mapped" restored 'relax file "/share/who"'
ok "relax file: by name, with the reason" grep -q "Error (rewrite): .*/share/who is mapped by a task" $log
echo some >$one/data

# --- capabilities by name -----------------------------------------------------------------
has_net_raw() { # SET: bit 13
	echo $((0x$(sed -n "s/^$1:[[:space:]]*//p" "/proc/$(cat $one/ready)/status") >> 13 & 1))
}
works "capabilities: restore without a rule" ''
is "$(has_net_raw CapBnd) $(has_net_raw CapPrm) $(has_net_raw CapEff)" "1 1 1" "capabilities: as they were"
stop_who
works "capabilities: restore" 'core_entry.thread_core.creds[CAP_NET_RAW | CAP_CHOWN in cap_eff] set cap_bnd=clearbits(cap_bnd, CAP_NET_RAW),
	cap_prm=clearbits(cap_prm, CAP_NET_RAW), cap_eff=clearbits(cap_eff, CAP_NET_RAW)'
is "$(has_net_raw CapBnd) $(has_net_raw CapPrm) $(has_net_raw CapEff)" "0 0 0" "capabilities: without the one that is taken away"
stop_who

# --- address ------------------------------------------------------------------------------------
addresses del 10.0.0.5/32 fd00::5/128
addresses add 10.7.0.9/32 fd07::9/128
fails "address: no restore at another one" "Can't bind inet socket.*Cannot assign requested address"
works "address: restore" 'address 10.0.0.5 to 10.7.0.9
address fd00::5 to fd07::9'
is "$(ask 10.7.0.9 80)" "$(says source $one closed)" \
	"address: served there, the connection inside goes on, the one to outside is closed"
ok "address: IPv6 is reached" reached fd07::9 81
ok "address: and IPv4 on a socket of IPv6" reached 10.7.0.9 82
stop_who

# --- all at once ----------------------------------------------------------------------------------
mv $one $two
works "all at once: restore" "address 10.0.0.5 to 10.7.0.9
address fd00::5 to fd07::9
port 80 to 8080 tcp
hostname destination
path \"$one\" to \"$two\""
is "$(ask 10.7.0.9 8080)" "$(says destination $two closed)" "all at once: served"
stop_who
mv $two $one
addresses del 10.7.0.9/32 fd07::9/128
addresses add 10.0.0.5/32 fd00::5/128

# --- add: a file that the task is to find open --------------------------------------------------------
works "add: restore" 'file_entry add { type=REG id=900 reg { id=900 flags=O_RDONLY pos=0 name="/etc/hostname"
	fown { uid=0 euid=0 signum=0 pid_type=0 pid=0 } } }
fdinfo_entry add { id=900 flags=0 type=REG fd=90 }'
is "$(readlink "/proc/$(cat $one/ready)/fd/90")" /etc/hostname "add: it is there"
stop_who
not_ok_if "add: no restore with an id that is taken" restored 'file_entry add { type=REG id=1 reg { id=1 flags=O_RDONLY pos=0
	name="/etc/hostname" fown { uid=0 euid=0 signum=0 pid_type=0 pid=0 } } }'
ok "add: by name" grep -q "Error (rewrite): .*id=1 is taken" $log

# --- pts --------------------------------------------------------------------------------------------
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx
ok "pts: a task with a terminal" start tty
was=$(ask 10.0.0.5 80 | sed -n 's,^tty /dev/pts/,,p')
ok "pts: checkpoint" checkpoint
mkfifo /host/held
python3 -c 'import os, time; held = os.openpty(); open("/host/held", "w").close(); time.sleep(1000)' >/dev/null 2>&1 &
holder=$!
cat /host/held
not_ok_if "pts: no restore where its index is taken" restored ''
ok "pts: by CRIU's own error" grep -q "tty: Unable to open .*dev/ptmx with specified index" $log
stop_who
works "pts: restore" "pts $was to $((was + 1))"
is "$(ask 10.0.0.5 80 | grep tty)" "tty /dev/pts/$((was + 1))" "pts: another index"
stop_who
kill $holder
umount /dev/ptmx /dev/pts

# --- a network namespace of the checkpoint's own ------------------------------------------------------
# Its eth0 is a veth; who knows its other end, outer0, sits here, where 10.0.0.1 is; afterwards that end is in a bridge, which
# has 10.7.0.1. Its eth1 is another one, which the other host does not have.
stop_who
addresses del 10.0.0.1/32 10.0.0.5/32 fd00::5/128
kill "$server" 2>/dev/null || true
link() { # ADDRESS: of this end
	ip address flush dev outer0 2>/dev/null
	ip address add "$1/24" dev outer0 && ip link set outer0 up
}
# Lets in who asks for the ports of the task, and no one else; the kernel tracks connections for it.
inside_nft() {
	modprobe nf_conntrack_netlink 2>/dev/null # what CRIU asks for them
	nsenter -t "$(cat /host/inside)" -n $nft -f - <<-'END'
		table ip guard {
			chain in {
				type filter hook input priority 0; policy accept;
				iifname "eth0" tcp dport { 80, 81, 82 } accept
				iifname "eth0" meta l4proto tcp ct state new drop
			}
		}
	END
}
start_inside() {
	rm -rf $one $two
	mkdir -p $one
	echo some >$one/data
	ip link delete outer0 2>/dev/null
	ip link delete outer1 2>/dev/null
	unshare --net --uts sh -c 'echo $$ >/host/inside; until [ -e /host/go ]; do sleep 0.1; done; hostname source
		exec setsid "$@"' - /share/who $one 10.0.0.5 fd00::5 10.0.0.1 </dev/null >/dev/null 2>&1 &
	rm -f /host/go
	sleep 1
	ip link add outer1 type veth peer name eth1 netns "$(cat /host/inside)" && ip link set outer1 up &&
		ip link add outer0 type veth peer name eth0 netns "$(cat /host/inside)" && link 10.0.0.1 &&
		nsenter -t "$(cat /host/inside)" -n sh -ec 'ip link set lo up
			ip address add 10.0.0.5/24 brd + dev eth0
			ip address add fd00::5/64 dev eth0 nodad
			ip link set eth0 up
			ip address add 10.1.0.5/24 dev eth1
			ip link set eth1 up
			ip route add 10.2.0.0/16 via 10.1.0.1
			ip route add default via 10.0.0.1
			ip rule add from 10.0.0.5 lookup main' || return
	inside_nft || return
	serve 10.0.0.1 90
	sleep 1
	touch /host/go
	for _ in $(seq 100); do
		[ ! -s $one/ready ] || return 0
		sleep 0.05
	done
	return 1
}
inside() { nsenter -t "$(cat $two/ready 2>/dev/null || cat $one/ready)" -n "$@"; }
if ok "own namespace: a task in it" start_inside && checkpoint; then
	kill $served
	ip link delete outer0 2>/dev/null
	ip link delete outer1 2>/dev/null
	mv $one $two
	ip link add bridge0 type bridge
	ip address add 10.7.0.1/24 dev bridge0
	ip link set bridge0 up
	moved="address 10.0.0.5 to 10.7.0.9
address fd00::5 to fd07::9
hostname destination
path \"$one\" to \"$two\"
port 80 to 8080 tcp
netdev eth0 to net0"
	not_ok_if "netdev drop: no restore without the other end" restored "$moved" --external 'veth[net0]:outer0@bridge0'
	ok "netdev drop: by CRIU's own error" grep -q "Unknown peer net namespace" $log
	stop_who
	ip link delete outer0 2>/dev/null
	works "own namespace: restore" "$moved
netdev drop eth1
netdev mac net0 02:42:ac:11:00:03" --external 'veth[net0]:outer0@bridge0'
	is "$(ask 10.7.0.9 8080)" "$(says destination $two closed)" "own namespace: served at the other address and port"
	ok "own namespace: its firewall lets in who asks there" sh -c \
		"nsenter -t $(cat $two/ready) -n $nft list table ip guard | grep -q 'iifname \"net0\" tcp dport { 81.* 8080 } accept'"
	ok "own namespace: connections that were tracked have moved" grep -q "netns-ct-.*v4_src 10.0.0.5 -> 10.7.0.9" $log
	ok "own namespace: and what CRIU takes for the ones expected" grep -q "netns-exp-.*v4_src 10.0.0.5 -> 10.7.0.9" $log
	is "$(inside grep -c 10.0.0.5 /proc/net/nf_conntrack)" 0 "own namespace: none that is tracked has the old address"
	is "$(ask_udp 10.7.0.9 53)" "udp destination" "own namespace: UDP is answered there"
	ok "own namespace: its other end is in the bridge" sh -c 'ip link show outer0 | grep -q "master bridge0"'
	is "$(inside cat /proc/net/dev | grep -c eth1)" 0 "netdev drop: the device is not there"
	is "$(inside ip route show 10.2.0.0/16)" "" "netdev drop: nor its routes"
	is "$(inside ip link show net0 | sed -n 's,.*link/ether \([0-9a-f:]*\).*,\1,p')" 02:42:ac:11:00:03 "netdev mac: it has the other one"
	is "$(inside ip -6 -o address show dev net0 scope link | sed 's/.*inet6 //; s/ .*//')" fe80::42:acff:fe11:3/64 \
		"netdev mac: and its link-local address"
	is "$(inside ip -4 -o address show dev net0 | sed 's/.*inet //; s/ .*//')" 10.7.0.9/24 "own namespace: its device has it"
	ok "netdev: its label goes with it" sh -c "nsenter -t $(cat $two/ready) -n ip -4 -o address show dev net0 | grep -q ' global net0'"
	is "$(inside ip route show default | sed 's/ *$//')" "default via 10.7.0.1 dev net0" "own namespace: the route goes there"
	is "$(inside ip rule | grep -c 10.7.0.9)" 1 "own namespace: and the rule"
	is "$(inside ip -6 -o address show dev net0 | grep -c fd07::9)" 1 "own namespace: and IPv6"
	is "$(inside $nft list ruleset | grep -c 10.0.0.5)" 0 "own namespace: no firewall knows the old one"
	stop_who
	mv $two $one

	# --- netns: one that is ready
	ip link delete outer0 2>/dev/null
	ip link delete bridge0 2>/dev/null
	ip netns add ready
	ip -n ready link set lo up
	ip -n ready address add 10.0.0.5/32 dev lo
	ip -n ready address add fd00::5/128 dev lo
	not_ok_if "netns: no restore without its devices" restored ''
	stop_who
	works "netns: restore into one that is ready" 'netns ready
close established' --inherit-fd 'fd[9]:ready' 9</run/netns/ready
	is "$(ip netns exec ready /share/who ask 10.0.0.5 80)" "$(says source $one closed)" "netns: served in it"
	stop_who
	ip netns delete ready
else
	checkpoint | sed 's/^/# /'
fi

# --- a socket of a link-local address, which CRIU finds by the name of its device -----------------------
cat >/host/linklocal.py <<'END'
import os, socket, time
server = socket.socket(socket.AF_INET6)
server.bind(("fe80::5", 7002, 0, socket.if_nametoindex("eth0")))
server.listen()
open("/host/srv/a/ready", "w").write(str(os.getpid()))
time.sleep(10000)
END
start_linklocal() {
	rm -rf $one
	mkdir -p $one
	unshare --net setsid sh -c 'ip link set lo up && ip link add eth0 type veth peer name peer0 &&
		ip address add fe80::5/64 dev eth0 nodad && ip link set eth0 up && ip link set peer0 up &&
		exec python3 /host/linklocal.py' </dev/null >/dev/null 2>&1 &
	for _ in $(seq 100); do
		[ ! -s $one/ready ] || return 0
		sleep 0.05
	done
	return 1
}
listens() { nsenter -t "$(cat $one/ready)" -n python3 -c 'import socket; socket.create_connection(("fe80::5%net0", 7002), 9)'; }
if ok "link-local: a task that listens" start_linklocal && checkpoint; then
	not_ok_if "link-local: no restore where its device has another name" restored 'net_device_entry[name = "eth0"] set name="net0"
ifaddr_entry[label = "eth0"] set label="net0"'
	ok "by CRIU's own error" grep -q "find ifindex for eth0" $log
	stop_who
	works "link-local: restore" 'netdev eth0 to net0'
	ok "link-local: the socket knows the other name" grep -q "ifname eth0 -> net0" $log
	ok "link-local: it listens" listens
	stop_who
else
	ok "link-local: checkpoint" false
fi
tap_end
