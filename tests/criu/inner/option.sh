#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Options of CRIU that rules give: for each a restore that fails, or that shows something else, without it.
# shellcheck disable=SC2016
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/net_lib.sh
. /src/tests/criu/inner/root_lib.sh
version=$(criu --version | sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p')

# What there is of links and groups must not be in the way of the next.
without() { # WHAT ERROR [OPTION...]: the restore fails, and for this reason
	local what=$1 error=$2
	shift 2
	unconfigure
	not_ok_if "$what: not without the option" restore_net "$@"
	ok "$what: for the reason that is known" grep -q "$error" "$log"
	stop
}
with() { # WHAT RULE [OPTION...]
	local what=$1 rule=$2
	shift 2
	configure <<<"$rule"
	ok "$what: with $rule" restored "$@"
}
restored() {
	restore_net "$@" && return
	tail -n 6 "$log"
	return 1
}
install_plugin

# ---- mounts
begin_in_root
ok "root, external mount: dump" dump_net --external 'mnt[/data]:data'
unconfigure
not_ok_if "root: not without the option" restore_net --external 'mnt[data]:/tmp/other'
stop
with "root" "option root \"$root\"" --external 'mnt[data]:/tmp/other'
stop
without "external mount" 'No mapping for .* mountpoint' --root $root
with "external mount" 'option external "mnt[data]:/tmp/other"' --root $root
is "$(cat "/proc/$task/root/data/file")" other "external mount: the tasks see what the rule says"
stop
with "external mount over the caller's" 'option external "mnt[data]:/tmp/other"' --root $root --external 'mnt[data]:/tmp/outside'
is "$(cat "/proc/$task/root/data/file")" other "external mount: the rule wins"
stop
unconfigure
restored --root $root --external 'mnt[data]:/tmp/other'
stop
if grep -q mnt-v2 "$log"; then
	with "mntns-compat-mode" 'option mntns-compat-mode' --root $root --external 'mnt[data]:/tmp/other'
	not_ok_if "mntns-compat-mode: in the old way" grep -q mnt-v2 "$log"
	stop
else
	skip "mntns-compat-mode" "this restore takes the old way by itself"
fi

# ---- files
cp /bin/sleep /tmp/prog
begin sh -c 'echo $$ >/share/ready; exec /tmp/prog 1000'
ok "file-validation: dump" dump_net
cp /tmp/prog /tmp/prog.first
python3 - <<EOF
data = bytearray(open("/tmp/prog.first", "rb").read())
at = data.index(b"\x14\0\0\0\x03\0\0\0GNU\0") + 16
data[at] ^= 255
open("/tmp/prog", "wb").write(data)
EOF
without "file-validation" 'has bad build-ID'
with "file-validation" 'option file-validation filesize'
stop

echo text >/tmp/log
chmod 644 /tmp/log
begin sh -c 'exec 5</tmp/log; echo $$ >/share/ready; exec sleep 1000'
ok "skip-file-rwx-check: dump" dump_net
chmod 600 /tmp/log
without "skip-file-rwx-check" 'has bad mode'
if criu restore --help 2>&1 | grep -q skip-file-rwx-check; then
	with "skip-file-rwx-check" 'option skip-file-rwx-check'
else
	configure <<<'option skip-file-rwx-check'
	not_ok_if "skip-file-rwx-check: this CRIU does not have it" restore_net
	ok "and says so" grep -q 'Error (rewrite).*--skip-file-rwx-check: this CRIU does not accept it' "$log"
fi
stop
chmod 644 /tmp/log

key="file[$(printf '%x' "$(sed -n 's/^mnt_id:\t*//p' /proc/self/fdinfo/0 </tmp/log)"):$(stat -c %i /tmp/log | xargs printf '%x')]"
begin sh -c 'exec 5</tmp/log; echo $$ >/share/ready; exec sleep 1000'
ok "inherit-fd, file: dump" dump_net --external "$key"
mv /tmp/log /tmp/log.away
without "inherit-fd, file" "Can't open file\|external file"
echo news >/tmp/fresh # of the same size
with "inherit-fd, file" "option inherit-fd \"$key\" \"/tmp/fresh\""
is "$(readlink "/proc/$task/fd/5")" /tmp/fresh "inherit-fd: the descriptor is the file of the rule"
stop
exec 9</tmp/log.away
with "inherit-fd over the caller's" "option inherit-fd \"$key\" \"/tmp/fresh\"" --inherit-fd "fd[9]:$key"
is "$(readlink "/proc/$task/fd/5")" /tmp/fresh "inherit-fd: the rule wins"
exec 9<&-
stop

# ---- namespaces
ip netns add theirs
ip -n theirs link add mark type dummy 2>/dev/null || ip -n theirs link add mark type veth
start :
ok "inherit-fd, network: dump" dump_net --external "net[$(stat -Lc %i "/proc/$task/ns/net")]:theirs"
without "inherit-fd, network" 'external netns\|Unable to find'
with "inherit-fd, network" 'option inherit-fd theirs "/run/netns/theirs"'
ok "inherit-fd: the tasks are in that namespace" inside ip link show mark
stop

begin sh -c 'echo $$ >/share/ready; exec sleep 1000'
ok "join-ns: dump" dump_net
unconfigure
ok "join-ns: restored without" restored
not_ok_if "join-ns: in criu's namespace" inside ip link show mark
stop
with "join-ns" 'option join-ns "net:/run/netns/theirs"'
ok "join-ns: in the other one" inside ip link show mark
stop
ip netns del theirs
start :
ok "empty-ns: dump" dump_net
unconfigure
ok "empty-ns: restored without" restored
ok "empty-ns: the link is there" inside ip link show eth0
stop
with "empty-ns" 'option empty-ns net'
not_ok_if "empty-ns: nothing of the checkpoint is in it" inside ip link show eth0
stop

# ---- links
start 'ip link add in0 type veth peer name out0 netns 1; ip link set in0 up'
ip link set out0 up
ok "veth: dump" dump_net
ip link del out0 2>/dev/null
ip link add br0 type bridge
ip link set br0 up
without "veth" 'peer net namespace\|Unknown peer'
with "veth" 'option external "veth[in0]:hv1@br0"'
ok "veth: its end is in the bridge" sh -c 'ip link show hv1 | grep -q "master br0"'
stop
ip link del hv1 2>/dev/null
ip link add br1 type bridge
with "veth over the caller's" 'option external "veth[in0]:hv2@br0"' --external 'veth[in0]:hv1@br1'
ok "veth: the rule wins" sh -c 'ip link show hv2 | grep -q "master br0"'
stop
for link in hv1 hv2 br0 br1; do ip link del $link 2>/dev/null; done

ip link add parent0 type veth peer name parent1
ip link set parent0 up
if ip link add mv0 link parent0 type macvlan; then
	start 'nsenter -t 1 -n ip link set mv0 netns $$; ip link set mv0 up'
	ok "macvlan: dump" dump_net
	ip link del mv0 2>/dev/null
	without "macvlan" 'macvlan parent'
	with "macvlan" 'option external "macvlan[mv0]:parent0"'
	ok "macvlan: it is there" inside ip link show mv0
	stop
else
	skip "macvlan" "this kernel has none"
fi
ip link del parent0

# ---- groups
hierarchy=$(awk '$3 == "cgroup" && /[ ,]memory/ { print $2; exit }' /proc/mounts)
where=$(sed -n 's/^[0-9]*:[a-z_,]*memory[a-z_,]*://p' /proc/self/cgroup)
if [ -n "$hierarchy" ]; then
	mkdir -p "$hierarchy/$group-src"
	begin sh -c 'echo $$ >'"$hierarchy/$group-src"'/cgroup.procs; echo $$ >/share/ready; exec sleep 1000'
	ok "cgroup-root: dump" dump_net --manage-cgroups
	rmdir "$hierarchy/$group-src"
	with "cgroup-root" "option cgroup-root \"memory:/$group-dst\"" --manage-cgroups
	ok "cgroup-root: the tasks are below it" grep -q "memory.*:/$group-dst" "/proc/$task/cgroup"
	stop
	rmdir "$hierarchy/$group-dst/$group-src" "$hierarchy/$group-dst" "$hierarchy/$group-src" 2>/dev/null
else
	skip "cgroup-root" "there is no memory hierarchy of v1"
fi

# ---- what is refused
configure <<<'option auto-dedup'
not_ok_if "auto-dedup is refused" restore_net
ok "with the reason" grep -q 'rewrite.*auto-dedup cannot be given here: it would punch holes' "$log"
unconfigure

# ---- connections
cat >/share/pair.py <<'EOF'
import os, socket, time
server = socket.socket()
server.bind(("127.0.0.1", 7001))
server.listen()
client = socket.create_connection(("127.0.0.1", 7001))
inner = server.accept()[0]
open("/share/ready", "w").write("%d\n" % os.getpid())
while True:
    time.sleep(0.2)
    try:
        client.send(b"x")
        open("/share/state", "w").write("lives %s\n" % inner.recv(9).decode())
    except OSError as e:
        open("/share/state", "w").write("closed\n")
EOF
state_is() { # lives|closed
	rm -f /share/state
	for _ in $(seq 50); do if grep -q "^$1" /share/state 2>/dev/null; then return; fi; sleep 0.1; done
	return 1
}
begin unshare -n sh -c 'ip link set lo up; exec python3 /share/pair.py'
if dump_net --tcp-established >/share/said 2>&1; then
	without "tcp-established" 'Connected TCP socket'
	with "tcp-established" 'option tcp-established'
	ok "tcp-established: the connection lives" state_is lives
	stop
	with "tcp-close" 'option tcp-close'
	ok "tcp-close: the connection is closed" state_is closed
	stop
	with "tcp-close over the caller's" 'option tcp-close' --tcp-established
	ok "tcp-close: the rule wins" state_is closed
	stop
else
	sed 's/^/# /' /share/said
	skip "tcp-established, tcp-close" "CRIU $version cannot dump these sockets here"
	stop
fi

tap_end
