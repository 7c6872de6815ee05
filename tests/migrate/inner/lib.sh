# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced: two hosts and a client as network namespaces on a bridge, and on the
# first of them a served process tree (../subject.c).
# shellcheck shell=bash disable=SC2034
. /src/tests/tap.sh

[ ! -e /share/nft.tar ] || tar -xPf /share/nft.tar --skip-old-files

work=/share/work images=/share/images
group=${GROUP:-crw}
cpuset=/sys/fs/cgroup/cpuset
address=10.7.0.9 port=7000 # of the service, which moves with it
mkdir -p $work

# In every hierarchy a group of the subject's own, on both sides: others make and remove groups in the roots, and CRIU's dump of
# a task that is there walks through them all.
if [ -d $cpuset ]; then
	others=$(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d ! -name cpuset -printf "%p/$group ")
	mkdir -p $others
	trap 'rmdir $others 2>/dev/null' EXIT
fi

on() { # HOST COMMAND...
	local host=$1
	shift
	if [ "$host" = destination ]; then
		nsenter -t "$destination" --net --pid --mount "$@"
	else
		nsenter --net=/run/netns/"$host" "$@"
	fi
}

start_destination() {
	local holder
	nsenter --net=/run/netns/destination unshare --mount --pid --fork --kill-child --mount-proc \
		bash -c 'while :; do sleep 1; done' &
	holder=$!
	until destination=$(pgrep -P $holder bash); do sleep 0.05; done
}

hosts() {
	local host n=0
	for host in source destination client; do
		ip link del at-$host 2>/dev/null
		ip netns del $host 2>/dev/null
	done
	ip netns del bridge 2>/dev/null
	ip link del bridge 2>/dev/null
	rm -rf /etc/criu/rewrite.conf $images /share/kept
	ip link add bridge type bridge && ip link set bridge up
	# The destination sees the names that are there when it is started.
	ip netns attach bridge $$
	for host in source destination client; do ip netns add $host; done
	for host in source destination client; do
		n=$((n + 1))
		ip link add "at-$host" type veth peer name eth0 netns $host
		ip link set "at-$host" master bridge up
		# Pids that are taken here are free there.
		[ $host != destination ] || start_destination
		on $host ip link set lo up
		on $host ip link set eth0 up
		on $host ip address add "10.7.0.$n/24" dev eth0
	done
}

# The service's address is on the source from now on, and the client hears of it.
address_on_source() {
	on source ip address del $address/24 dev eth0 2>/dev/null
	on destination ip address del $address/32 dev lo 2>/dev/null
	on source ip address add $address/24 dev eth0
	on client ip neighbour flush dev eth0
}

# In groups of its own, on the source.
serve() { # [MIB]
	if [ -d $cpuset ]; then
		mkdir -p "$cpuset/$group"
		cat $cpuset/cpuset.cpus >"$cpuset/$group/cpuset.cpus"
		cat $cpuset/cpuset.mems >"$cpuset/$group/cpuset.mems"
	fi
	echo 6999 >/proc/sys/kernel/ns_last_pid
	subject=$(on source sh -c "[ ! -d $cpuset ] || for procs in /sys/fs/cgroup/*/$group/cgroup.procs; do echo \$\$ >\$procs; done
		exec setpriv --bounding-set -all --inh-caps -all /share/subject serve $address $port ${1:-8}")
}

# A client that keeps asking.
start_client() {
	local n=0
	until on client /share/subject ask1 $address $port 2>/dev/null; do
		n=$((n + 1))
		[ $n -lt 1000 ] || return 1
		sleep 0.1
	done
	on client /share/subject ask $address $port $work/client 2>/dev/null &
	client=$!
	while [ ! -e $work/client ]; do sleep 0.05; done
}

start_subject() { # [MIB]
	address_on_source
	serve "$@"
	start_client
	tree="$subject $(pgrep -d ' ' -P "$subject")"
}

# The client goes, and the service has closed its connections.
hang_up() {
	local n=0
	pkill -f '^/share/subject ask '
	while on source grep -Eq '^ *[0-9]+: [^ ]+ [^ ]+ 0[18] ' /proc/net/tcp && [ $n -lt 2000 ]; do n=$((n + 1)); sleep 0.05; done
}

stop_subject() {
	local n=0 place
	pkill -f '^/share/subject ask '
	wait "$client" 2>/dev/null
	kill -9 "$subject" 2>/dev/null
	pkill -9 -f '^/share/subject serve' 2>/dev/null
	while pgrep -f '^/share/subject serve' >/dev/null && [ $n -lt 2000 ]; do n=$((n + 1)); sleep 0.05; done
	rm -rf $work/client $images
	n=0
	for place in "$cpuset/$group" "$cpuset/$group-small/ct"; do
		while [ -d "$place" ] && ! rmdir "$place" 2>/dev/null && [ $n -lt 2000 ]; do n=$((n + 1)); sleep 0.05; done
	done
}

# The client that was there before gets answers still, and so does a new one.
served() {
	local before n=0
	before=$(cut -d' ' -f1 $work/client)
	until [ "$(cut -d' ' -f1 $work/client)" -gt "$((before + 1))" ]; do
		n=$((n + 1))
		[ $n -lt 3000 ] && grep -q ' served$' $work/client ||
			{ echo "the client that was connected: $before answers, then $(cat $work/client)"; return 1; }
		sleep 0.1
	done
	on client /share/subject ask1 $address $port || { echo "a new client: no answer"; false; }
}

# Of a process: it is not stopped, not a zombie, not traced.
alive() { # HOST PID
	on "$1" sed -n 's/^State:\t\(.\).*/\1 /p; s/^TracerPid:\t//p' "/proc/$2/status" 2>/dev/null | tr -d '\n' | grep -q '^[RSD] 0$'
}
runs() { alive source "$subject"; }
runs_there() { alive destination "$subject"; }
# What is killed takes a moment to end, and a moment more until somebody has waited for it.
gone_at() { # HOST
	on "$1" /src/tests/lab/ended "$subject"
}
gone() { gone_at source; }
# All of them, and their numbers are free.
all_gone() { on source /src/tests/lab/ended $tree; }
gone_there() { gone_at destination; }

# build PROGRAM SOURCE...: with the messages of this CRIU's RPC, and what else $libraries has
build() {
	local program=$1
	shift
	(cd /share && { [ -e rpc.pb-c.c ] || protoc-c --proto_path=/usr/include/criu --c_out=. rpc.proto 2>/dev/null; } &&
		gcc -O2 -D_GNU_SOURCE -Wall -Wextra -I. -o "$program" "${@/#//src/tests/migrate/}" rpc.pb-c.c $libraries -lprotobuf-c)
}

build_call() { libraries="-I/src/plugin libcriu-rewrite.a" build call call.c rpc.c; }

install_plugin() {
	install -D -m 755 /share/rewrite.so /usr/lib/criu/rewrite.so
	install -D -m 755 /share/criu-rewrite /usr/libexec/criu-rewrite/action
}

# rewrite.conf from standard input
configure() {
	mkdir -p /etc/criu
	cat >/etc/criu/rewrite.conf
}

# What holds the connections while tasks are stopped.
lock=nftables
[ ! -e /usr/sbin/iptables ] || lock=iptables

# dump OPTION...
dump() {
	mkdir -p $images
	on source criu dump -t "$subject" -D $images -W $work -o dump.log -v4 --manage-cgroups --tcp-established \
		--network-lock $lock "$@" || { grep Error $work/dump.log; tail -n 5 $work/dump.log; false; }
}
restore() { # HOST OPTIONS...
	local host=$1
	shift
	on "$host" criu restore -d -D $images -W $work -o restore.log -v4 --manage-cgroups --tcp-established "$@"
}

# The facts of a destination that has no CPU but one that this machine has not: nothing fits there.
facts_with_cpus() { /share/criu-rewrite facts --json | sed 's/"host.cpus": "[^"]*"/"host.cpus": "'"$1"'"/'; }
