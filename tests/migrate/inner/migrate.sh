#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live migration between two hosts (../migrate.c): memory by pre-dumps over one socket and one `criu swrk`, a pipe pair, a
# listening and an established connection. The destination has fewer CPUs, groups in another place, and takes the address
# over. Then every step is broken once, and the processes are on exactly one side each time.
. /src/tests/migrate/inner/lib.sh

one=$(cat $cpuset/cpuset.cpus)
one=${one%%[-,]*}
small=$group-small # where the destination's groups are

# What this host does itself when it takes the address over; all of it in before and at-resume of rewrite.conf.
prepare_destination() {
	mkdir -p "$cpuset/$small" /etc/criu
	echo "$one" >"$cpuset/$small/cpuset.cpus"
	cat $cpuset/cpuset.mems >"$cpuset/$small/cpuset.mems"
	echo 'cgroup_entry fit' >/etc/criu/there.rules
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

ok "the example builds from what libcriu-dev brings" build migrate migrate.c rpc.c channel.c
install_plugin
hosts
export DESTINATION=$destination
prepare_destination

# --- without it: the source is dead before anybody knows ------------------------
without_rules
start_subject
ok "plain CRIU: the dump" dump
not_ok_if "does not restore where there are fewer CPUs" restore destination --cgroup-root "cpuset:/$small/ct"
ok "and the source is dead" gone
stop_subject

# --- migration -------------------------------------------------------------------
with_rules
start_subject 32
ok "migration in $((rounds + 1)) rounds" migrate "$ask_option" "$root_option"
ok "the client that was connected is served on, as is a new one" served
ok "it runs there" runs_there
ok "and is gone here" gone
is "$(on destination sed -n 's/^[0-9]*:cpuset://p' "/proc/$subject/cgroup") $(cat "$cpuset/$small/ct/cpuset.cpus")" "/$small/ct $one" \
	"in the destination's group, on its CPUs"
if [ $rounds = 0 ]; then
	skip "memory in rounds" "this kernel does not track it"
else
	ok "most of the memory went in the first round" test "$(pages 0)" -gt $((4 * $(pages 2)))
fi
cat /share/from.log >/share/log.migration
stop_subject

# --- every step broken once ---------------------------------------------------------
# Until all of CRIU has ended, on both sides.
settle() {
	local n=0
	while pgrep -x 'criu|migrate' >/dev/null && [ $n -lt 200 ]; do n=$((n + 1)); sleep 0.05; done
}

where() {
	local here=no there=no
	! runs || here=yes
	! runs_there || there=yes
	gone || [ $here = yes ] || here=stuck
	gone_there || [ $there = yes ] || there=stuck
	echo "here $here, there $there"
}

# WHAT STEP WHERE
breaks() {
	local from="$ask_option" to="$root_option"
	case $1 in
	*source*) from="$from --$4 $2" ;;
	*) to="$to --$4 $2" ;;
	esac
	start_subject
	migrate "$from" "$to"
	settle
	is "$(where)" "$3" "$1 at $2"
	ok "and served" served
	stop_subject
}

here="here yes, there no" there="here no, there yes"
for name in dump round-sent files restore go; do
	breaks "the source's program killed" $name "$here" stop-at
	breaks "connection cut by the source" $name "$here" cut-at
done
for name in gone end; do
	breaks "the source's program killed" $name "$there" stop-at
	breaks "connection cut by the source" $name "$there" cut-at
done
for name in page-server wait file restoring ready; do
	breaks "the destination's program killed" $name "$here" stop-at
	breaks "connection cut by the destination" $name "$here" cut-at
done
breaks "the destination's program killed" let-go "$here" stop-at
breaks "connection cut by the destination" let-go "$there" cut-at
breaks "the destination's program killed" runs "$there" stop-at
breaks "connection cut by the destination" runs "$there" cut-at
tap_end
