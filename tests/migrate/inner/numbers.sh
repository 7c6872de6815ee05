#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The numbers of doc/migration.md, as text: what a request costs, what the plugin adds, how long tasks are stopped.
. /src/tests/migrate/inner/lib.sh
. /src/tests/migrate/inner/migrate.lib.sh
count=${1:-9}

build_call
build_migrate
hosts
prepare_destination
/share/call version each "$count" 2>/dev/null
/share/call version one "$count" 2>/dev/null

median() { sort -n | sed -n "$(((count + 1) / 2))p"; }
# microseconds of each of $count calls
times() {
	local n start
	for n in $(seq "$count"); do
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1 || echo 999999999
		echo $((($(date +%s%N) - start) / 1000))
	done | median
}
echo "a command line for each: $(times criu --version) us"
connections() {
	start_subject
	on client python3 - $address $port "$count" <<-'EOF'
		import socket, sys, time
		address, count, took = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), []
		for _ in range(count):
		    start = time.monotonic()
		    socket.create_connection(address).close()
		    took.append(time.monotonic() - start)
		print("a connection for each:", round(sorted(took)[count // 2] * 1e6), "us")
	EOF
	stop_subject
}
connections
dump_and_go_on() { rm -rf $images; dump --leave-running; }
pre_dump() { rm -rf $images; mkdir $images; on source criu pre-dump -t "$subject" -D $images; }
restored() {
	kill -9 "$subject" 2>/dev/null
	/src/tests/lab/ended "$subject"
	rmdir "$cpuset/$group" 2>/dev/null
	start=$(date +%s%N)
	restore source >/dev/null 2>&1 || echo 999999999
	echo $((($(date +%s%N) - start) / 1000))
}
row() { # NAME
	local dumps pre=- restores
	start_subject
	kill "$client"
	sleep 0.2
	dumps=$(times dump_and_go_on)
	[ "$rounds" = 0 ] || pre=$(times pre_dump)
	dump_and_go_on
	restores=$(for n in $(seq "$count"); do restored; done | median)
	echo "$1: pre-dump $pre us, dump $dumps us, restore $restores us"
	stop_subject
}
rm -f /usr/lib/criu/rewrite.so
row "without the plugin"
export DESTINATION=$destination
install_plugin
rm -f /etc/criu/rewrite.conf
row "with it, no configuration"
cp /src/rules/library/default.rules /etc/criu/
configure <<<"rules /etc/criu/default.rules"
row "default.rules"
/share/criu-rewrite facts --json >/etc/criu/same.json
printf '%s\n' "rules /etc/criu/default.rules" "preflight /etc/criu/same.json" | configure
row "default.rules, preflight"

with_rules
most=$rounds
for rounds in $most 0; do
	start_subject 256
	migrate "" "$root_option"
	echo "256 MiB, $rounds rounds before: $(tail -n 1 /share/from.log); longest wait of the client: $(cut -d' ' -f2 $work/client) ms"
	sed 's/^/# /' /share/from.log
	stop_subject
	[ "$rounds" != 0 ] || break # where memory is not tracked
done
rmdir "$cpuset/$small"
