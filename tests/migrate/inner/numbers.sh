#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: numbers.sh [COUNT]
# The numbers of doc/migration.md, as its tables: what a request and an iteration cost, what the plugin adds, how long tasks are
# stopped. Medians of COUNT; what is no table begins with #. ../numbers runs it.
. /src/tests/migrate/inner/lib.sh
. /src/tests/migrate/inner/migrate.lib.sh
count=${1:-9}

build_call
build_migrate
hosts
prepare_destination
line() { printf '| %s | %s |\n' "$1" "$2"; }
table() { # COLUMN...
	printf '\n|'
	printf ' %s |' "$@"
	printf '\n|'
	printf -- '---|%.0s' "$@"
	echo
}
request() { /share/call version "$1" "$count" 2>/dev/null | sed 's/.*: //'; } # each|one

echo "CRIU $(criu --version | sed -n 's/^Version: //p') on Linux $(uname -r | cut -d- -f1), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg); medians of $count."
table "what a round may need" "takes"
line "a request to a \`criu swrk\` of its own" "$(request each)"
line "a request to one that is there" "$(request one)"

median() { sort -n | sed -n "$(((count + 1) / 2))p"; }
# Microseconds; of what fails a number that nobody takes for one.
took() { # COMMAND...
	local start
	start=$(date +%s%N)
	if "$@" >/dev/null 2>&1; then echo $((($(date +%s%N) - start) / 1000)); else echo 999999999; fi
}
times() { for _ in $(seq "$count"); do took "$@"; done | median; } # COMMAND...
line "a command line (\`criu --version\`)" "$(times criu --version) us"
connections() {
	start_subject
	on client python3 - $address $port "$count" <<-'EOF'
		import socket, sys, time
		address, count, took = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), []
		for _ in range(count):
		    start = time.monotonic()
		    socket.create_connection(address).close()
		    took.append(time.monotonic() - start)
		print("| a TCP connection |", round(sorted(took)[count // 2] * 1e6), "us |")
	EOF
	stop_subject
}
connections

# ---- an iteration: a page server there, a pre-dump here, and whoever runs them waits for both --------------------

# Milliseconds between lines that are times, the first of which, with all of the memory, does not count.
gaps() { awk 'NR > 2 { print $1 - last } { last = $1 }' | median; }

# Two programs and a connection. The page server's end of the fifo closes when it listens.
by_command_line() {
	local ready=$work/ready rounds
	rounds="parent=; for n in $(seq -s ' ' 0 $((count + 1))); do"
	rm -rf /share/from /share/to && mkdir /share/from /share/to
	mkfifo "$ready"
	on destination bash -c "$rounds mkdir /share/to/\$n
		criu page-server -D /share/to/\$n \$parent --port 7200 --status-fd 5 5>$ready
		parent=\"--prev-images-dir ../\$n\"
	done" >/dev/null 2>&1 &
	on source bash -c "$rounds mkdir /share/from/\$n
		read -r <$ready
		criu pre-dump -t $subject -D /share/from/\$n \$parent --track-mem --page-server --address 10.7.0.2 --port 7200 \
			>/dev/null 2>&1 || echo failed
		parent=\"--prev-images-dir ../\$n\"
		echo \$((\${EPOCHREALTIME/./} / 1000))
	done" | gaps
	wait $!
	rm "$ready"
}

# Over a criu swrk for all at the source, one for each at the destination, and one memory socket.
by_swrk() {
	local rounds=$((count + 1))
	migrate "$ask_option" "$root_option" 2>/dev/null
	sed -n 's/^ *\([0-9]*\) ms: \(pre-dump\|dump\) .*/\1/p' /share/from.log | gaps
}

iterations() {
	start_subject
	line "a round of 8 MiB by command line: \`criu page-server\` and \`criu pre-dump\`, one connects to the other" "$(by_command_line) ms"
	line "by swrk: one for all at the source, one for each at the destination, one memory socket" "$(by_swrk) ms"
	stop_subject
}
[ "$rounds" = 0 ] || iterations # where memory is tracked

dump_and_go_on() { rm -rf $images; dump --leave-running; }
pre_dump() { rm -rf $images; mkdir $images; on source criu pre-dump -t "$subject" -D $images; }
restored() {
	kill -9 "$subject" 2>/dev/null
	/src/tests/lab/ended "$subject"
	rmdir "$cpuset/$group" 2>/dev/null
	took restore source
}
row() { # NAME
	local dumps pre=- restores
	start_subject
	hang_up
	dumps=$(times dump_and_go_on)
	[ "$rounds" = 0 ] || pre="$(times pre_dump) us"
	dump_and_go_on
	restores=$(for n in $(seq "$count"); do restored; done | median)
	printf '| %s | %s | %s us | %s us |\n' "$1" "$pre" "$dumps" "$restores"
	stop_subject
}
table "8 MiB" pre-dump dump restore
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
row "default.rules and preflight"

with_rules
most=$rounds
moved() { # MIB ROUNDS [--lazy]
	local n went=
	rounds=$2
	start_subject "$1"
	migrate "$ask_option $3" "$root_option"
	[ -n "$3" ] || for n in $(seq 0 "$2"); do went+=" $(($(pages "$n") / 4096))"; done
	sed -n "s/^migrated: let go after \([0-9]* ms\), all there after \([0-9]* ms\)$/| $1 MiB${HUGE_PAGES+ in huge pages}, $2 rounds \
before${3:+, \`$3\`} |$went | \1 | \2 | $(cut -d' ' -f2 $work/client) ms |/p" /share/from.log
	sed 's/^/# /' /share/from.log
	stop_subject
}
table "migrated" "pages of the rounds and of the dump" "let go after" "all there after" "the client waited"
moved 256 0
! criu check --feature uffd-noncoop >/dev/null 2>&1 || moved 256 0 --lazy
if [ "$most" != 0 ]; then # where memory is tracked
	for mib in 64 256; do
		moved $mib "$most"
		HUGE_PAGES=1 moved $mib "$most"
	done
fi
rmdir "$cpuset/$small"
