#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# See ../doctor.sh. Everything happens in /tmp and ends with this root.
. /src/tests/tap.sh

install -D -m 755 /share/rewrite.so /usr/lib/criu/rewrite.so
install -m 755 /share/criu-rewrite /usr/bin/criu-rewrite
# A program of its own, since it is going to be changed.
cp --dereference "$(command -v python3)" /tmp/program
pid=5001

# start NAME [FLAG...]: the task in /tmp/NAME; its checkpoint will be in /tmp/NAME/img
start() {
	local n=0 name=$1
	mkdir -p "/tmp/$name/img" "/tmp/$name/cwd"
	cd "/tmp/$name/cwd" || exit
	mkfifo fifo
	shift
	for flag; do : >"$flag"; done
	echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
	setsid /tmp/program /src/tests/criu/inner/doctor.py </dev/null >/dev/null 2>&1 &
	until [ -e ready ]; do
		n=$((n + 1))
		[ $n -lt 400 ] || { echo "Bail out! the task does not start"; exit 1; }
		sleep 0.05
	done
}

gone() {
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	while [ -e /proc/$pid ]; do sleep 0.02; done
}

dump() { # NAME [OPTION...]
	local name=$1
	shift
	cd "/tmp/$name/cwd" || exit
	criu dump -t $pid -D "/tmp/$name/img" -o dump.log -v4 --manage-cgroups=ignore --network-lock skip "$@" ||
		{ echo "Bail out! $(grep Error "/tmp/$name/img/dump.log" | tail -n 1)"; exit 1; }
	wait $pid 2>/dev/null
	while [ -e /proc/$pid ]; do sleep 0.02; done
}

restore() { # NAME [OPTION...]
	local name=$1
	shift
	criu restore -d -D "/tmp/$name/img" -o /tmp/restore.log -v4 --manage-cgroups=ignore "$@"
}

doctor() { # NAME [OPTION...]
	local name=$1
	shift
	timeout 20 criu-rewrite doctor "/tmp/$name/img" -- "$@" >/tmp/doctor 2>&1
}

# Nothing is wrong, doctor says so, and it restores.
sound() { # WHAT NAME [OPTION...]
	local what=$1
	shift
	ok "$what: doctor finds nothing" shown doctor "$@"
	ok "$what: and it restores" restore "$@"
	gone
}
shown() { "$@" || { cat /tmp/doctor; return 1; }; }

# Something is wrong, doctor says so, and CRIU says the same.
wrong() { # CAUSE THING ERROR NAME [OPTION...]
	local cause=$1 thing=$2 error=$3
	shift 3
	not_ok_if "$cause: doctor ends with an error" doctor "$@"
	ok "$cause: names $thing" found "$cause" "$thing"
	is "$(sed -n 's/^  failure *\([a-z-]*\) .*/\1/p' /tmp/doctor | sort -u)" "$cause" "$cause: and nothing else"
	not_ok_if "$cause: CRIU fails" restore "$@"
	ok "$cause: with $error" logged "$error"
	gone
}
found() { grep -E "^  failure +$1 +$2" /tmp/doctor || { cat /tmp/doctor; return 1; }; }
logged() { grep -E "$1" /tmp/restore.log || { grep Error /tmp/restore.log; return 1; }; }

# --- files ------------------------------------------------------------------------
start files
dump files
cwd=/tmp/files/cwd
sound "files" files

mv $cwd/log $cwd/elsewhere
wrong file-absent $cwd/log "Can't open file tmp/files/cwd/log" files
mv $cwd/elsewhere $cwd/log

echo "another line" >>$cwd/log
wrong file-size $cwd/log "File tmp/files/cwd/log has bad size 20 \(expect 7\)" files
truncate -s 7 $cwd/log

chmod 600 $cwd/log
wrong file-mode $cwd/log "File tmp/files/cwd/log has bad mode" files
sound "another mode that CRIU is not to look at" files --skip-file-rwx-check
chmod 644 $cwd/log

id=$(readelf -n /tmp/program | sed -n 's/.*Build ID: //p')
cp /tmp/program /tmp/kept
python3 - "$id" <<-'END'
	import sys
	data = open("/tmp/kept", "rb").read()
	old = bytes.fromhex(sys.argv[1])
	assert data.count(old) == 1
	open("/tmp/program", "r+b").write(data.replace(old, bytes(b ^ 1 for b in old)))
END
wrong file-build-id /tmp/program "File tmp/program has bad build-ID" files
cp /tmp/kept /tmp/program

rm $cwd/log
mkfifo $cwd/log
not_ok_if "a FIFO in the place of a file: doctor ends" doctor files
ok "and says so" grep -q "file-mode *$cwd/log has mode 010644, and 0100644" /tmp/doctor
rm $cwd/log
echo "a line" >$cwd/log

# --- pids -------------------------------------------------------------------------
echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
sleep 60 &
wrong pid $pid "Can't fork for $pid: File exists" files

# --- sockets ----------------------------------------------------------------------
start sockets with-sockets
dump sockets
sound "sockets" sockets

listen() { # PYTHON
	rm -f /tmp/ready
	python3 -c "import socket, time
s = $1
open('/tmp/ready', 'w')
time.sleep(60)" &
	listener=$!
	while [ ! -e /tmp/ready ]; do sleep 0.02; done
}
deaf() {
	kill -KILL $listener
	wait $listener 2>/dev/null
}
listen "socket.create_server(('127.0.0.1', 7911))"
wrong port "tcp 127.0.0.1:7911" "Can't bind inet socket.*Address already in use" sockets
deaf
listen "socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 7912))"
wrong port "udp 127.0.0.1:7912" "Can't bind inet socket.*Address already in use" sockets
deaf
listen "socket.socket(socket.AF_UNIX); s.bind('\\0doctor'); s.listen()"
wrong unix-name @doctor "Can't bind id .*Address already in use" sockets
deaf
mv /tmp/sockets/cwd/run /tmp/sockets/cwd/elsewhere
wrong unix-name run/socket "Can't bind id .*No such file or directory" sockets
mv /tmp/sockets/cwd/elsewhere /tmp/sockets/cwd/run

start connection with-connection
dump connection --tcp-established
sound "a connection" connection --tcp-established
wrong tcp "tcp 127.0.0.1:" "Connected TCP socket in image" connection
tap_end
