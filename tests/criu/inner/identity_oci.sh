#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A container of $RUNTIME (runc) whose network namespace is one that was made for it, as Podman, CNI and Kubernetes do: it
# comes back in another namespace with another address and subnet of each version, another host name and directory.
. /src/tests/criu/inner/lib.sh
runtime=${RUNTIME:-runc}
name=${GROUP:-crw-identity}
bundle=/host/bundle
rootfs=$bundle/rootfs
one=/srv/a two=/data/b
mkdir -p /host
mount -t tmpfs host /host # CRIU finds what is watched on it by its path, on an overlay it does not
mkdir -p $rootfs/srv $rootfs/data $rootfs/proc $rootfs/dev
cp /share/who $rootfs/
mkdir -p /etc/criu
lock=skip
[ ! -x /usr/sbin/nft ] || lock=nftables
[ ! -x /usr/sbin/iptables ] || lock=iptables
if criu --help | grep -q -e --network-lock; then echo "network-lock $lock" >/etc/criu/default.conf; fi

# spec NETNS: config.json
spec() {
	cat >$bundle/config.json <<-END
		{ "ociVersion": "1.0.2",
		  "process": { "terminal": false, "user": { "uid": 0, "gid": 0 }, "cwd": "/", "env": [ "PATH=/" ], "noNewPrivileges": true,
		    "args": [ "/who", "$one", "10.0.0.5", "fd00::5", "10.0.0.1" ],
		    "capabilities": { "bounding": [ "CAP_NET_BIND_SERVICE" ], "effective": [ "CAP_NET_BIND_SERVICE" ],
		      "permitted": [ "CAP_NET_BIND_SERVICE" ] } },
		  "root": { "path": "rootfs", "readonly": false }, "hostname": "source",
		  "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" },
		    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": [ "nosuid", "mode=755" ] } ],
		  "linux": { "cgroupsPath": "/$name", "namespaces": [ { "type": "pid" }, { "type": "ipc" }, { "type": "uts" },
		    { "type": "mount" }, { "type": "network", "path": "/run/netns/$1" } ] } }
	END
}

# network NAME ADDRESS ADDRESS6 OUTSIDE: a namespace with a link to this one
network() {
	ip netns add "$1" && ip link add "out-$1" type veth peer name eth0 netns "$1" &&
		ip address add "$4/24" dev "out-$1" && ip link set "out-$1" up &&
		ip -n "$1" link set lo up && ip -n "$1" address add "$2/24" dev eth0 &&
		ip -n "$1" address add "$3/64" dev eth0 nodad && ip -n "$1" link set eth0 up &&
		ip address add "${3%::*}::1/64" dev "out-$1" nodad
}

until_there() { for _ in $(seq 200); do if [ -s "$1" ]; then return; fi; sleep 0.05; done; return 1; }
ask() { timeout 20 /share/who "$@"; }
says() { # HOST DIRECTORY OUTER
	printf 'host %s\ncwd %s\nlog %s/log\ninner open open\nouter %s\n' "$1" "$2" "$2" "$3"
}
restored() {
	timeout -k 5 60 "$runtime" restore -d -b $bundle --image-path $images --work-path $work --tcp-established "$name" \
		</dev/null >/dev/null 2>&1
}
cleared() { # not by `delete -f`: crun kills all that it may when its restore has failed
	rm -rf "/run/$runtime/$name"
	for _ in $(seq 100); do if ! pgrep -x who >/dev/null; then break; fi; pkill -9 -x who; sleep 0.05; done
	find /sys/fs/cgroup/"$name" /sys/fs/cgroup/*/"$name" -depth -type d -exec rmdir {} + 2>/dev/null
	true
}

install_plugin
ok "$runtime: a namespace for it" network first 10.0.0.5 fd00::5 10.0.0.1
/share/who serve 10.0.0.1 90 </dev/null >/dev/null 2>&1 &
server=$!
mkdir -p $rootfs$one $images
echo some >$rootfs$one/data
spec first
for _ in $(seq 100); do if ask reach 10.0.0.1 90 2>/dev/null; then break; fi; sleep 0.05; done
"$runtime" run -d -b $bundle "$name" </dev/null >/dev/null 2>&1
ok "$runtime: the container runs" until_there $rootfs$one/ready
is "$(ask ask 10.0.0.5 80)" "$(says source $one open)" "$runtime: it says who it is"
if ! "$runtime" checkpoint --tcp-established --image-path $images --work-path $work "$name" >/share/said 2>&1; then
	ok "$runtime: checkpoint" false
	cat /share/said
	grep -h Error $work/dump.log
	tap_end
	exit 1
fi
kill $server
"$runtime" delete -f "$name" >/dev/null 2>&1

# --- the other host: nothing is where it was
ip link delete out-first
ip netns delete first
mv $rootfs$one $rootfs$two
spec second
# CRIU 3.17 leaves its lock in a namespace when it fails.
prepared() {
	ip link delete out-second 2>/dev/null
	ip netns delete second 2>/dev/null
	network second 10.7.0.9 fd07::9 10.7.0.1
}
unconfigure
ok "$runtime: another namespace" prepared
not_ok_if "$runtime: no restore without rules" restored
ok "$runtime: for CRIU's own reason" grep -q "No such file or directory\|Can't bind inet socket" $log
cleared
rules="hostname destination
path \"$one\" to \"$two\""
configure <<<"$rules"
prepared
not_ok_if "$runtime: no restore at another address" restored
ok "$runtime: for CRIU's own reason" grep -q "Can't bind inet socket.*Cannot assign requested address" $log
cleared
configure <<<"address 10.0.0.5 to 10.7.0.9
address fd00::5 to fd07::9
$rules"
prepared
if restored; then ok "$runtime: restore with rules" true
else
	ok "$runtime: restore with rules" false
	grep -hE "Error|rewrite" $log | sed 's/^/# /'
fi
is "$(ask ask 10.7.0.9 80)" "$(says destination $two closed)" \
	"$runtime: served at the other address; the connection inside goes on, the one to outside is closed"
is "$(ask query 10.7.0.9 53)" "udp destination" "$runtime: UDP is answered there"
ok "$runtime: IPv6 is reached" ask reach fd07::9 81
ok "$runtime: and IPv4 on a socket of IPv6" ask reach 10.7.0.9 82
is "$(ip netns identify "$(pgrep -x who | tail -n 1)")" second "$runtime: in the namespace that was made for it"
is "$(ip -n second -o address show dev eth0 | grep -c 'inet 10.7.0.9/24')" 1 "$runtime: which has the addresses that it was given"
cleared
ip link delete out-second
ip netns delete second
tap_end
