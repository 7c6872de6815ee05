# SPDX-License-Identifier: GPL-2.0-only
# For scripts that migrate from one host of lib.sh to the other, sourced behind it.
# shellcheck shell=bash disable=SC2034,SC2154
one=$(cat $cpuset/cpuset.cpus)
one=${one%%[-,]*}
small=$group-small # where the destination's groups are

# What this host does itself when it takes the address over; all of it in before and at-resume of rewrite.conf. Until the tasks
# run it has the address, for CRIU to bind to, and does not say so on the network.
prepare_destination() {
	mkdir -p "$cpuset/$small" /etc/criu
	echo "$one" >"$cpuset/$small/cpuset.cpus"
	cat $cpuset/cpuset.mems >"$cpuset/$small/cpuset.mems"
	# Other tests make and remove groups where the task is in the root.
	printf '%s\n' 'cgroup_entry drop strangers' 'cgroup_entry fit' >/etc/criu/there.rules
	cat >/etc/criu/take-address <<-EOF
		#!/bin/sh
		nsenter --net=/run/netns/destination sh -c "echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_ignore"
		nsenter --net=/run/netns/destination ip address replace $address/32 dev lo
	EOF
	cat >/etc/criu/use-address <<-EOF
		#!/bin/sh
		nsenter --net=/run/netns/source ip address del $address/24 dev eth0
		nsenter --net=/run/netns/destination sh -c "echo 0 >/proc/sys/net/ipv4/conf/eth0/arp_ignore"
		nsenter --net=/run/netns/client ip neighbour flush dev eth0
		exit 0
	EOF
	chmod 755 /etc/criu/take-address /etc/criu/use-address
}

with_rules() { # [LINE]
	configure <<-EOF
		rules /etc/criu/there.rules
		before /etc/criu/take-address
		at-resume /etc/criu/use-address
		$1
	EOF
}

# By the lines of the page.
build_migrate() {
	(cp -r /src/tests/migrate /share/example && cd /share/example &&
		sh -e -c "$(sed -n '/^### To try it/,/^`inner/s/^    //p' /src/doc/migration.md)" && mv migrate ..)
}

# What of a lazy restore's pages came with its images.
kib_before() { du -ck /share/to/0/pages-*.img | sed -n 's/\ttotal$//p'; }
pages() { cat /share/to/"$1"/pages-*.img | wc -c; } # ROUND

nft=
[ $lock = iptables ] || nft=--nftables

# With $disk the destination has no more than that for images; with $tcp the streams are connections between the hosts, which
# break when nothing is heard for $tcp seconds; $at_step is a command for --run-at.
# migrate "OPTIONS OF THE SOURCE" "OPTIONS OF THE DESTINATION": the status of the source; who says what is in from.log, to.log
migrate() {
	rm -rf /share/from /share/to
	mkdir /share/from /share/to
	[ -z "$disk" ] || on destination mount -t tmpfs -o size="$disk" none /share/to
	export AT_STEP=$at_step
	if [ -n "$tcp" ]; then
		migrate_over_tcp "$@"
		return
	fi
	python3 - "$subject" "$1" "$2" "$rounds" "$destination" $nft <<-'EOF'
		import os, signal, socket, subprocess, sys
		subject, ours, theirs = sys.argv[1], sys.argv[2].split(), sys.argv[3].split()
		rounds, destination, nft = sys.argv[4], sys.argv[5], sys.argv[6:]
		hosts = {"source": ["--net=/run/netns/source"], "destination": ["-t", destination, "--net", "--pid", "--mount"]}
		commands, memory = socket.socketpair(), socket.socketpair()
		def side(host, i, log, words):
		    fds = (commands[i].fileno(), memory[i].fileno())
		    words = [w.replace("COMMANDS", str(fds[0])).replace("MEMORY", str(fds[1])) for w in words]
		    return subprocess.Popen(["nsenter"] + hosts[host] + ["/share/migrate"] + words, pass_fds=fds,
		                            stdin=subprocess.DEVNULL, stderr=open("/share/" + log, "w"), start_new_session=True,
		                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
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

# shellcheck disable=SC2086
migrate_over_tcp() {
	local status to
	on destination python3 /src/tests/migrate/inner/pair.py to 10.7.0.2 1 /share/migrate to /share/to COMMANDS MEMORY \
		--silence "$tcp" $2 $nft 2>/share/to.log &
	to=$!
	on source python3 /src/tests/migrate/inner/pair.py from 10.7.0.2 /share/migrate from "$subject" /share/from COMMANDS MEMORY \
		"$rounds" --silence "$tcp" $1 $nft 2>/share/from.log
	status=$?
	wait $to
	return $status
}

# The steps of a migration, as from or to said them.
steps_of() { sed -n 's/^ *[0-9]* ms: \([a-z-]*\) .*/\1/p' /share/"$1".log | sort -u | xargs; }

# As migrate, and when it fails, why.
migrated() {
	migrate "$@" && return
	cat /share/from.log /share/to.log
	grep -h Error /share/from/*/*.log /share/to/*/*.log
	tail -n 5 /share/from/*/dump.log
	false
}

# Rounds before the dump need a kernel that says which pages were written.
rounds=0
! criu check --feature mem_dirty_track >/dev/null 2>&1 || rounds=2

root_option="--cgroup-root cpuset:/$small/ct"
ask_option="--ask /share/ask"
# Asks there, and takes the address back where the tasks go on here. $in_doubt is what happens before that, $told behind it.
cat >/share/ask <<EOF
#!/bin/sh
eval "\$in_doubt"
nsenter -t "\$DESTINATION" --net --pid --mount /share/migrate outcome /share/to \$patience
status=\$?
eval "\$told"
if [ \$status = 11 ]; then
	nsenter --net=/run/netns/destination ip address del $address/32 dev lo 2>/dev/null
	nsenter --net=/run/netns/source ip address replace $address/24 dev eth0
	nsenter --net=/run/netns/client ip neighbour flush dev eth0
fi
exit \$status
EOF
# watch COMMAND: what the tasks do here, in /share/watched, when after it their CRIU, $criu, has let them go. Else they write
# to their pipe all the time.
cat >/share/watch <<'EOF'
#!/bin/sh
is() { sed -n "s/^$1:[^A-Za-z0-9]*\([A-Za-z0-9]*\).*/\1/p" "/proc/$subject/$2"; }
criu=$(is TracerPid status)
[ "$criu" != 0 ] || exit
writes=$(is syscw io)
eval "$1"
n=0
until [ "$(is State status) $(is TracerPid status)" = "T 0" ] || [ $n = 3000 ]; do n=$((n + 1)); sleep 0.02; done
echo "$(is State status), $(($(is syscw io) - writes)) writes" >/share/watching
mv /share/watching /share/watched
EOF
chmod 755 /share/ask /share/watch
export subject in_doubt told patience
stopped_here() {
	local n=0
	until [ -e /share/watched ] || [ $n = 6000 ]; do n=$((n + 1)); sleep 0.05; done
	is "$(cat /share/watched)" "T, 0 writes" "and meanwhile the tasks did nothing here"
	rm /share/watched
}

here="here yes, there no" there="here no, there yes"
# Until all of CRIU has ended, on both sides.
settle() {
	local n=0
	while pgrep -x 'criu|migrate' >/dev/null && [ $n -lt 2000 ]; do n=$((n + 1)); sleep 0.05; done
}

where() {
	local here=no there=no
	! runs || here=yes
	! runs_there || there=yes
	[ $here = yes ] || gone || here=stuck
	[ $there = yes ] || gone_there || there=stuck
	echo "here $here, there $there"
}

# WHAT STEP WHERE HOW [WORD]: a word for the source; $before is a command that comes first
broken=
breaks() {
	broken+="$1 $2
"
	local from="$ask_option $5" to="$root_option"
	case $1 in
	*source*) from="$from --$4 $2" ;;
	*) to="$to --$4 $2" ;;
	esac
	start_subject
	$before
	migrate "$from" "$to"
	ip link set at-destination up 2>/dev/null
	settle
	is "$(where)" "$3" "$1 at $2${5:+, with lazy pages}"
}
served_still() {
	breaks "$@"
	ok "and served" served
	stop_subject
}
# Tasks that ran there and go on here from their dump have lost what they said there, and with it that connection; so have tasks
# whose CRIU was killed here, which leaves the connections that it holds.
served_anew() {
	breaks "$@"
	ok "and a new client is served" on client /share/subject ask1 $address $port
	stop_subject
}

killed_here="the source's program killed" cut_here="connection cut by the source"
killed_there="the destination's program killed" cut_there="connection cut by the destination"
criu_here="the source's CRIU killed" criu_there="the destination's CRIU killed"
interrupted_here="the source's terminal interrupted" interrupted_there="the destination's terminal interrupted"

# HOW WHAT STEP WHERE COMMAND [WORD]: as served_still or served_anew, with a command that runs at that step.
meanwhile() {
	local how=$1 at_step=$5
	$how "$2" "$3" "$4" run-at "$6"
}
# WHAT STEP WHERE: from that step on no packet gets from one side to the other, and nobody is told.
network_lost() {
	local tcp=6
	meanwhile served_still "$@" "nsenter --net=/run/netns/bridge ip link set at-destination down"
}

# Behind all of them: nothing that a migration passes was left out.
every_step_broken() {
	local what steps
	for what in "$killed_here" "$cut_here" "$killed_there" "$cut_there"; do
		steps=$steps_there
		[[ $what != *source* ]] || steps=$steps_here
		is "$(sed -n "s/^$what //p" <<<"$broken" | sort -u | xargs)" "$steps" "$what: at each step"
	done
}
