#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A task that holds a file open so often that files.img has more than rules keep in memory (4 MiB); on the other host
# the file has another name. On the kernel that this runs on.
. /src/tests/criu/inner/lib.sh

opened=16000 hold=/tmp/crw-large
long=$(printf 'x%.0s' {1..230})
here=$hold/$long/here-$long there=$hold/$long/there-$long

start() {
	mkdir -p "$hold/$long"
	echo content >"$here"
	ulimit -n $((opened + 100)) || return
	setsid python3 -c 'if 1:
		import os, sys, time
		files = [os.open(sys.argv[1], os.O_RDONLY) for _ in range(int(sys.argv[2]))]
		with open(sys.argv[3] + ".new", "w") as f:
		    f.write(str(os.getpid()))
		os.rename(sys.argv[3] + ".new", sys.argv[3])
		while True:
		    time.sleep(1000)' "$here" $opened $hold/pid </dev/null >/dev/null 2>&1 &
	timeout 60 sh -c "until [ -e $hold/pid ]; do sleep 0.1; done"
}

criu_with() { # ACTION LOG OPTION...
	criu "$1" -D "$images" -W "$work" -o "$2" -v2 --manage-cgroups=ignore "${@:3}"
}
holds() { find "/proc/$pid/fd" -lname "$1" | wc -l; }

mkdir -p "$images"
ok "a task with $opened descriptors starts" start
pid=$(cat $hold/pid)
is "$(holds "$here")" $opened "all of one file"
ok "is dumped" criu_with dump dump.log -t "$pid"
ok "and gone" /src/tests/lab/ended "$pid"
size=$(stat -c %s "$images/files.img")
ok "with a files.img of $size bytes" test "$size" -gt $((4 << 20))
mv "$here" "$there"

install_plugin
unconfigure
not_ok_if "without a rule the restore fails" criu_with restore plain.log -d
ok "since the file has another name" grep -q "Can't open file.*here-" $work/plain.log

/src/tests/lab/ended "$pid"
configure <<<"file_entry.reg[name ~ \"$hold/*/here-*\"] set name=replace(name, \"/here-\", \"/there-\")"
sums >/share/sums
traces >/share/traces
ok "with a rule it restores" criu_with restore restore.log -d
is "$(holds "$there")" $opened "and every descriptor is of the file by its new name"
is "$(sums)" "$(cat /share/sums)" "every image is as it was"
is "$(traces)" "$(cat /share/traces)" "no mount and no file is left"
is "$(grep -c "rewrite: files.img: .*/here-.* -> .*/there-" $log)" 10000 "the log has the first 10000 changes"
ok "and how many more there were" grep -q "rewrite: .*$((opened - 10000)) more" $log

kill -9 "$pid"
unconfigure
rm -rf "$hold" "$images"
tap_end
