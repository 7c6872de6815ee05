# SPDX-License-Identifier: GPL-2.0-only
# For scripts that migrate from one host of lib.sh to the other, sourced behind it.
# shellcheck shell=bash disable=SC2034,SC2154
one=$(cat $cpuset/cpuset.cpus)
one=${one%%[-,]*}
small=$group-small # where the destination's groups are

# What this host does itself when it takes the address over; all of it in before and at-resume of rewrite.conf.
prepare_destination() {
	mkdir -p "$cpuset/$small" /etc/criu
	echo "$one" >"$cpuset/$small/cpuset.cpus"
	cat $cpuset/cpuset.mems >"$cpuset/$small/cpuset.mems"
	# Other tests make and remove groups where the task is in the root.
	printf '%s\n' 'cgroup_entry drop strangers' 'cgroup_entry fit' >/etc/criu/there.rules
	cat >/etc/criu/take-address <<-EOF
		#!/bin/sh
		nsenter --net=/run/netns/destination ip link set eth0 arp off
		nsenter --net=/run/netns/destination ip address replace $address/24 dev eth0
	EOF
	cat >/etc/criu/use-address <<-EOF
		#!/bin/sh
		nsenter --net=/run/netns/source ip address del $address/24 dev eth0
		nsenter --net=/run/netns/destination ip link set eth0 arp on
		nsenter --net=/run/netns/client ip neighbour flush dev eth0
		exit 0
	EOF
	chmod 755 /etc/criu/take-address /etc/criu/use-address
}

with_rules() {
	configure <<-EOF
		rules /etc/criu/there.rules
		before /etc/criu/take-address
		at-resume /etc/criu/use-address
	EOF
}
without_rules() {
	configure <<-EOF
		before /etc/criu/take-address
		at-resume /etc/criu/use-address
	EOF
}

pages() { cat /share/to/"$1"/pages-*.img | wc -c; } # ROUND

nft=
[ $lock = iptables ] || nft=--nftables

# migrate "OPTIONS OF THE SOURCE" "OPTIONS OF THE DESTINATION": the status of the source; who says what is in from.log, to.log
migrate() {
	rm -rf /share/from /share/to
	mkdir /share/from /share/to
	python3 - "$subject" "$1" "$2" "$rounds" "$destination" $nft <<-'EOF'
		import os, socket, subprocess, sys
		subject, ours, theirs = sys.argv[1], sys.argv[2].split(), sys.argv[3].split()
		rounds, destination, nft = sys.argv[4], sys.argv[5], sys.argv[6:]
		hosts = {"source": ["--net=/run/netns/source"], "destination": ["-t", destination, "--net", "--pid", "--mount"]}
		commands, memory = socket.socketpair(), socket.socketpair()
		def side(host, i, log, words):
		    fds = (commands[i].fileno(), memory[i].fileno())
		    words = [w.replace("COMMANDS", str(fds[0])).replace("MEMORY", str(fds[1])) for w in words]
		    return subprocess.Popen(["nsenter"] + hosts[host] + ["/share/migrate"] + words, pass_fds=fds,
		                            stdin=subprocess.DEVNULL, stderr=open("/share/" + log, "w"))
		to = side("destination", 1, "to.log", ["to", "/share/to", "COMMANDS", "MEMORY"] + theirs + nft)
		source = side("source", 0, "from.log", ["from", subject, "/share/from", "COMMANDS", "MEMORY", rounds] + ours + nft)
		for pair in commands, memory:
		    for end in pair:
		        end.close()
		status = source.wait()
		to.wait()
		sys.exit(status & 255)
	EOF
}

# Rounds before the dump need a kernel that says which pages were written.
rounds=0
! criu check --feature mem_dirty_track >/dev/null 2>&1 || rounds=2

root_option="--cgroup-root cpuset:/$small/ct"
ask_option="--ask /share/ask"
printf '#!/bin/sh\nexec nsenter -t "$DESTINATION" --net --pid --mount /share/migrate outcome /share/to\n' >/share/ask
chmod 755 /share/ask
