#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# See ../doctor.sh. Everything happens in /tmp and ends with this root.
# Some functions become others further down, where a container is what they work on.
# shellcheck disable=SC2218
. /src/tests/tap.sh

install -D -m 755 /share/rewrite.so /usr/lib/criu/rewrite.so
install -m 755 /share/criu-rewrite /usr/bin/criu-rewrite
# A program of its own, since it is going to be changed.
cp --dereference "$(command -v python3)" /tmp/program
pid=5001

through= # what the task is started through
# start NAME [FLAG...]: the task in /tmp/NAME; its checkpoint will be in /tmp/NAME/img
start() {
	local n=0 name=$1
	mkdir -p "/tmp/$name/img" "/tmp/$name/cwd"
	cd "/tmp/$name/cwd" || exit
	mkfifo fifo
	shift
	for flag; do : >"$flag"; done
	echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
	$through setsid /tmp/program /src/tests/criu/inner/doctor.py </dev/null >/dev/null 2>&1 &
	until [ -e ready ]; do
		n=$((n + 1))
		[ $n -lt 400 ] || { echo "Bail out! the task does not start"; exit 1; }
		sleep 0.05
	done
}

gone() {
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	/src/tests/lab/ended $pid
}

dump() { # NAME [OPTION...]
	local name=$1
	shift
	cd "/tmp/$name/cwd" || exit
	criu dump -t $pid -D "/tmp/$name/img" -o dump.log -v4 --manage-cgroups=ignore --network-lock skip "$@" ||
		{ echo "Bail out! $(grep Error "/tmp/$name/img/dump.log" | tail -n 1)"; exit 1; }
	wait $pid 2>/dev/null
	/src/tests/lab/ended $pid
}

in= # what criu and doctor are started through
restore() { # NAME [OPTION...]
	local name=$1
	shift
	rm -f /tmp/pid
	$in timeout -s KILL 10 criu restore -d -D "/tmp/$name/img" -o /tmp/restore.log -v4 --manage-cgroups=ignore "$@"
}

doctor() { # NAME [OPTION...]
	local name=$1
	shift
	$in timeout 20 criu-rewrite doctor "/tmp/$name/img" -- "$@" >/tmp/doctor 2>&1
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
dump files --cpu-cap=ins,fpu
cwd=/tmp/files/cwd
sound "files" files
cp -r /tmp/files/img /share/checkpoint # for doctor_kernel.sh
# What no restore fails on is a note.
for cause in affinity runtime; do
	doctor files
	not_ok_if "$cause: is none" grep "^  failure *$cause " /tmp/doctor
done
ok "affinity: doctor notes that it is not in the checkpoint" grep "^  unknown *affinity *rewrite-affinity.img is not there" /tmp/doctor

criu=$(command -v criu)
mv "$criu" /tmp/criu
for thing in criu "$criu"; do
	not_ok_if "criu: doctor ends with an error" doctor files
	ok "criu: names $thing" found criu "$thing"
	not_ok_if "criu: there is no restore" restore files
	head -c 1000 /tmp/criu >"$criu"
	chmod 755 "$criu"
done
mv /tmp/criu "$criu"

mv $cwd/log $cwd/elsewhere
wrong file-absent $cwd/log "Can't open file tmp/files/cwd/log on restore: No such file or directory" files
mkdir -p /etc/criu
echo "path \"$cwd/log\" to \"$cwd/elsewhere\"" >/etc/criu/test.rules
echo "rules /etc/criu/test.rules" >/etc/criu/rewrite.conf
sound "where doc/cookbook.md has a rule say it is" files
rm /etc/criu/rewrite.conf
mv $cwd/elsewhere $cwd/log

echo "another line" >>$cwd/log
wrong file-size $cwd/log "File tmp/files/cwd/log has bad size 20 \(expect 7\)" files
truncate -s 7 $cwd/log

chmod 600 $cwd/log
wrong file-mode $cwd/log "File tmp/files/cwd/log has bad mode" files
sound "another mode that CRIU is not to look at" files --skip-file-rwx-check
for option in --nosuch --tcp -Z --manage-cgroups=nosuch; do
	not_ok_if "$option: doctor ends with an error" doctor files $option
	why=$(criu restore -D /tmp/files/img $option 2>&1 | sed -nE 's/^criu: //p; s/^Error \([^)]*\): //p' | head -n 1)
	ok "$option: names what CRIU says: $why" grep -qF "does not take what follows --: ${why:-nothing}" /tmp/doctor
done
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
# CRIU 4.1.1 cannot dump sockets of a kernel that is newer than it.
try_sockets() {
	start sockets with-sockets
	if criu dump -t $pid -D /tmp/sockets/img -o dump.log -v4 --manage-cgroups=ignore --network-lock skip; then
		/src/tests/lab/ended $pid
		return 0
	fi
	gone
	skip "ports, names and connections of sockets" "$(criu --version | sed -n 's/Version: /CRIU /p') cannot dump sockets here"
	return 1
}
sockets() {
	sound "sockets" sockets

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
	listen "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('/tmp/other-end')"
	start peer with-peer
	dump peer --ext-unix-sk
	sound "a peer" peer --ext-unix-sk
	deaf
	wrong unix-peer /tmp/other-end "Can't connect .* socket: Connection refused" peer --ext-unix-sk
}
! try_sockets || sockets

# --- options ------------------------------------------------------------------------
start lock with-lock
dump lock --file-locks
doctor lock
ok "locks: doctor warns" grep -q "^  warning  *option  *file-locks " /tmp/doctor
ok "locks: CRIU restores without" restore lock
not_ok_if "locks: and they are lost" grep -q " $pid " /proc/locks
gone
sound "locks" lock --file-locks
not_ok_if "locks: doctor does not warn" grep -q file-locks /tmp/doctor

# In the session of a shell, whose number is free again when CRIU needs it.
mkdir -p /tmp/job/cwd /tmp/job/img
cd /tmp/job/cwd || exit
mkfifo fifo
setsid sh -c '/tmp/program /src/tests/criu/inner/doctor.py </dev/null >/dev/null 2>&1 & echo $! >pid; exec sleep 60' &
shell=$!
until [ -e ready ]; do sleep 0.05; done
leader=$pid pid=$(cat pid)
criu dump -t "$pid" -D /tmp/job/img -o dump.log -v4 --manage-cgroups=ignore --network-lock skip --shell-job
kill -KILL $shell
{ wait $shell; } 2>/dev/null
/src/tests/lab/ended "$pid"
sound "a job of a shell" job --shell-job
# CRIU hangs, and is killed.
not_ok_if "option: doctor ends with an error" doctor job
ok "option: names shell-job" found option shell-job
not_ok_if "option: CRIU does not restore it" restore job
gone
pid=$leader

# --- devices, descriptors ----------------------------------------------------------
start descriptor
key=$(sed -n 's/^mnt_id:[[:blank:]]*//p' /proc/$pid/fdinfo/"$(basename "$(find /proc/$pid/fd -lname '*/log')")")
key=$(printf 'file[%x:%x]' "$key" "$(stat -c %i log)")
dump descriptor --external "$key"
exec 7>>/tmp/descriptor/cwd/log
sound "a descriptor" descriptor --inherit-fd "fd[7]:$key"
exec 7>&-
wrong inherit-fd "file" "." descriptor
through="unshare --net"
start device
ip link add eth0 netns $pid type veth peer name outer
dump device --external 'veth[eth0]:outer'
sound "a device" device --external 'veth[eth0]:outer'
wrong netdev eth0 "Unknown peer net namespace" device
# As on a kernel without IPv6, a device with a small MTU has no settings of it.
mkdir -p /tmp/mtu
criu-rewrite apply --quiet --rules - -o /tmp/mtu/img /tmp/device/img <<<'net_device_entry[name="eth0"] set mtu=1000'
wrong sysctl /proc/sys/net/ipv6/conf/eth0 "Can't open sysctl net/ipv6/conf/eth0/[a-z_]*: No such file" mtu --external 'veth[eth0]:outer'
sound "settings that may be absent" mtu --external 'veth[eth0]:outer' --weak-sysctls
start netns
key=$(stat -L -c 'net[%i]:outer' /proc/$pid/ns/net)
dump netns --external "$key"
exec 7</proc/self/ns/net
sound "a network namespace" netns --inherit-fd "fd[7]:outer"
exec 7<&-
wrong netns outer "." netns

# --- settings ---------------------------------------------------------------------
through="unshare --ipc"
start settings
dump settings
mount -t tmpfs hidden /proc/sys/fs/mqueue
# CRIU has a /proc of its own, so that only another kernel could make it fail; doctor_ipv6.sh has one.
not_ok_if "sysctl: doctor ends with an error" doctor settings
ok "sysctl: names /proc/sys/fs/mqueue" found sysctl /proc/sys/fs/mqueue
umount /proc/sys/fs/mqueue
sound "an ipc namespace" settings

# --- a checkpoint of another host ---------------------------------------------------
# other NAME RULES: the checkpoint of `files` as it would be with this, in /tmp/NAME
other() {
	criu-rewrite apply --quiet --rules - -o "/tmp/$1/img" --force /tmp/files/img <<<"$2" ||
		{ echo "Bail out! the checkpoint $1 cannot be made"; exit 1; }
}
mkdir -p /tmp/version /tmp/plugin /tmp/lsm /tmp/option /tmp/xsave /tmp/cpu /tmp/pages /tmp/parent /tmp/image /tmp/architecture
other version 'inventory_entry set img_version=3'
wrong image-version inventory.img "Not supported images version 3|LZ4 support is required" version
other plugin 'inventory_entry.plugins_entry set plugins=["cuda_plugin"]'
wrong criu-plugin cuda_plugin "Missing required plugin: cuda_plugin" plugin
[ -e /sys/kernel/security/apparmor ] || skip "a profile of AppArmor that is not loaded here" "this kernel has no AppArmor"
other lsm 'inventory_entry set lsmtype=2
	core_entry.thread_core.creds set lsm_profile="docker-default"'
wrong lsm docker-default "mismatched lsm types and lsm profile specified" lsm
other option 'inventory_entry set tcp_close=true'
wrong option tcp-close "Need to set the --tcp-close options" option
sound "an option that the dump had" option --tcp-close
other xsave 'cpuinfo_entry.x86_entry set xsave_size=1'
wrong xsave xsave_size "CPU xsave size mismatch" xsave --cpu-cap=fpu
other cpu 'cpuinfo_entry.x86_entry set capability=[0xffffffff, 0xffffffff, 0, 0, 0xffffffff, 0, 0xffffffff, 0, 0, 0xffffffff, 0, 0, 0, 0, 0, 0, 0, 0, 0]'
wrong cpu "[a-z]" "CPU instruction capabilities do not match" cpu --cpu-cap=ins
other architecture 'core_entry set mtype=AARCH64'
wrong architecture AARCH64 "Core march mismatch" architecture
for name in image pages parent; do cp -r /tmp/files/img /tmp/$name; done
truncate -s 100 /tmp/image/img/core-$pid.img
wrong image core-$pid.img "." image
rm /tmp/pages/img/pages-1.img
wrong pages pages-1.img "Can't read pages data" pages
head -c 8192 /tmp/files/img/pages-1.img >/tmp/pages/img/pages-1.img
not_ok_if "pages that are cut off, on which CRIU hangs: doctor ends with an error" doctor pages
ok "and says so" found pages pages-1.img
ln -s ../gone /tmp/parent/img/parent
wrong parent parent "No such file or directory" parent
rm /tmp/parent/img/parent
criu-rewrite decode -i /tmp/files/img/pagemap-$pid.img | sed 's/"flags": 4/"flags": 1/' |
	criu-rewrite encode -o /tmp/parent/img/pagemap-$pid.img
wrong parent parent "." parent

# --- the plugin and the rules -------------------------------------------------------
mkdir -p /etc/criu
echo "rules /etc/criu/test.rules" >/etc/criu/rewrite.conf
echo "cgroup_entry fti" >/etc/criu/test.rules
wrong rules /etc/criu/rewrite.conf "Error \(rewrite\): .*test.rules:1:" files
echo 'must file_entry.reg[name="/nowhere"] set size=1' >/etc/criu/test.rules
wrong plan rules "Error \(rewrite\): .*test.rules:1:" files
rm /etc/criu/rewrite.conf
mv /usr/lib/criu/rewrite.so /tmp/rewrite.so
head -c 1000 /tmp/rewrite.so >/usr/lib/criu/rewrite.so
wrong plugin /usr/lib/criu/rewrite.so "." files
echo "no plugin" >/usr/lib/criu/rewrite.so
wrong plugin /usr/lib/criu/rewrite.so "rewrite.so: (file too short|invalid ELF header)" files
mv /tmp/rewrite.so /usr/lib/criu/rewrite.so

# --- groups -----------------------------------------------------------------------
# All that is started from here on is in groups of its own, which are all that criu sees.
own=doctor-$$
hierarchies=$(sed -n 's/^[^ ]* [^ ]* [^ ]* \/ \(\/sys\/fs\/cgroup[^ ]*\) .* - cgroup2\{0,1\} .*/\1/p' /proc/self/mountinfo)
for h in $hierarchies; do
	mkdir -p "$h/$own"
	[ ! -e "$h/cpuset.cpus" ] || for file in cpus mems; do cat "$h/cpuset.$file" >"$h/$own/cpuset.$file"; done
	echo $$ >"$h/$own/cgroup.procs"
done
leave() {
	for h in $hierarchies; do
		echo $$ >"$h/cgroup.procs"
		rmdir "$h/$own/job" "$h/$own/ct" "$h/$own" 2>/dev/null
	done
}
trap leave EXIT
cpuset=$(grep -l . /sys/fs/cgroup/*/"$own"/cpuset.cpus 2>/dev/null | head -n 1)
cpuset=${cpuset%/*}
memory=/sys/fs/cgroup/memory/$own/job
if [ -e "${memory%/job}" ]; then
	start memory with-memory
	dump memory
	mkdir "$memory"
	printf '%s\n' "echo \$\$ >$memory/cgroup.procs" 'exec "$@"' >/tmp/in-job
	in="sh /tmp/in-job"
	sound "tasks that stay in criu's group" memory --manage-cgroups=ignore
	echo 48M >"$memory/memory.limit_in_bytes"
	wrong memory "[67][0-9] MiB" "killed by signal 9" memory --manage-cgroups=ignore
	in=
	until rmdir "$memory"; do sleep 0.02; done
else
	skip "a group with less memory than the tasks need" "there is no memory controller of cgroup v1 here"
fi
restore() { # NAME [OPTION...]
	local name=$1
	shift
	$in timeout -s KILL 10 criu restore -d -D "/tmp/$name/img" -o /tmp/restore.log -v4 --manage-cgroups "$@"
}
printf '%s\n' 'umount -R -l /sys/fs/cgroup' 'exec "$@"' >/tmp/no-cgroups
in="unshare --mount sh /tmp/no-cgroups"
sound "no cgroups are mounted" files --manage-cgroups
ok "cgroups: doctor notes it" grep "^  warning *cgroups */sys/fs/cgroup no cgroups are mounted" /tmp/doctor
in=
if [ -n "$cpuset" ] && [ -e "${memory%/job}" ]; then
	mkdir "$cpuset/job" "$memory"
	for file in cpus mems; do cat "$cpuset/cpuset.$file" >"$cpuset/job/cpuset.$file"; done
	start groups
	echo $pid >"$cpuset/job/cgroup.procs"
	echo $pid >"$memory/cgroup.procs"
	cd /tmp/groups/cwd || exit
	criu dump -t $pid -D /tmp/groups/img -o dump.log -v4 --manage-cgroups --network-lock skip
	wait $pid 2>/dev/null
	/src/tests/lab/ended $pid
	forget() { rmdir "$cpuset/job" "$memory" 2>/dev/null; }
	forget
	sound "groups" groups
	forget
	mkdir -p /tmp/cpus
	criu-rewrite apply --quiet --rules - -o /tmp/cpus/img /tmp/groups/img <<-'END'
		cgroup_entry//properties[name="cpuset.cpus" and value != ""] set value="0-200"
	END
	wrong group "cpuset:/$own/job cpuset.cpus" "cpuset.cpus: Numerical result out of range" cpus
	forget
	mkdir -p /tmp/limit
	criu-rewrite apply --quiet --rules - -o /tmp/limit/img /tmp/groups/img <<-'END'
		cgroup_entry//properties[name="memory.limit_in_bytes"] set value="1048576"
	END
	wrong limit "/$own/job memory.limit_in_bytes" "memory.limit_in_bytes: Device or resource busy" limit
	forget
	echo "rules /src/rules/library/host-fit.rules" >/etc/criu/rewrite.conf
	sound "groups that rules make fit" cpus
	rm /etc/criu/rewrite.conf
else
	skip "groups" "there are no controllers of cgroup v1 here"
fi

# --- a mount namespace ----------------------------------------------------------------
# Its root is this one again, without /proc, /tmp and what else is mounted; /mnt is external.
mkdir -p /cell/cwd /cell/ext /cell/box /tmp/cell/img
mkfifo /cell/cwd/fifo
cp /tmp/program /src/tests/criu/inner/doctor.py /cell/
# shellcheck disable=SC2016
unshare --mount --pid --ipc --fork --kill-child sh -c '
	mount --bind / /cell/box && mount --bind /cell/ext /cell/box/mnt && cd /cell/box &&
	python3 -c "import ctypes; c = ctypes.CDLL(None); exit(c.syscall(155, b\".\", b\"opt\") or c.umount2(b\"/opt\", 2))" &&
	cd /cell/cwd && exec setsid /cell/program /cell/doctor.py <&- >&- 2>&-' 2>/dev/null &
outside=$!
disown
n=0
until [ -e /cell/cwd/ready ] || [ $n -gt 100 ]; do n=$((n + 1)); sleep 0.05; done
pid=$(cat /proc/$outside/task/$outside/children)
pid=${pid% }
mkdir -p /tmp/cell/cwd
dump cell --external 'mnt[/mnt]:ext'

gone() {
	[ ! -e /tmp/pid ] || kill -KILL "$(cat /tmp/pid)" 2>/dev/null
	sleep 0.1
}
mount --bind / /cell/box
ext="--external mnt[ext]:/cell/ext"
set -- cell --root /cell/box --pidfile /tmp/pid
# shellcheck disable=SC2086
{
	sound "a mount namespace" "$@" $ext
	wrong root --root "." cell $ext
	wrong mount /mnt "No mapping for" "$@"
	wrong mount /mnt "." "$@" --external 'mnt[ext]:/cell/nowhere'
	mv /cell/cwd/log /cell/elsewhere
	wrong file-absent /cell/cwd/log "Can't open file cell/cwd/log" "$@" $ext
}
# --- a container of runc, whose spec says where its root is -----------------------------
mkdir -p /tmp/oci/work
cp /share/tree/tree /tmp/oci/
sh /src/tests/lab/bundle.sh /tmp/oci "$own/ct"
runc run -d -b /tmp/oci/bundle ct </dev/null >/dev/null 2>&1
until [ -s /tmp/oci/bundle/rootfs/out/pids ] || ! runc state ct >/dev/null 2>&1; do sleep 0.05; done
runc checkpoint --image-path /tmp/oci/bundle/img --work-path /tmp/oci/work ct
restore() {
	rm -f /tmp/restore.log
	runc restore -d -b /tmp/oci/bundle --image-path /tmp/oci/bundle/img --work-path /tmp/oci/work ct \
		</dev/null >/dev/null 2>&1
	local status=$?
	mv /tmp/oci/work/restore.log /tmp/
	return $status
}
gone() { runc delete -f ct 2>/dev/null; }
doctor() { timeout 20 criu-rewrite doctor /tmp/oci/bundle/img >/tmp/doctor 2>&1; }
sound "a container" bundle
mv /tmp/oci/bundle/rootfs/tree /tmp/oci/bundle/rootfs/elsewhere
wrong file-absent /tree "Can't open file tree" bundle
mv /tmp/oci/bundle/rootfs/elsewhere /tmp/oci/bundle/rootfs/tree

restore() { # runc says it itself, before it starts CRIU
	$in runc restore -d -b /tmp/oci/bundle --image-path /tmp/oci/bundle/img --work-path /tmp/oci/work ct \
		</dev/null >/dev/null 2>/tmp/restore.log
}
doctor() { $in timeout 20 criu-rewrite doctor /tmp/oci/bundle/img >/tmp/doctor 2>&1; }
mv "$criu" /tmp/criu
wrong criu criu "criu.*executable file not found" bundle
mv /tmp/criu "$criu"
in="unshare --mount sh /tmp/no-cgroups"
wrong cgroups /sys/fs/cgroup "no cgroup mount found" bundle
in=
python3 - <<-'END'
	import json
	spec = json.load(open("/tmp/oci/bundle/config.json"))
	spec["linux"].setdefault("resources", {})["cpu"] = {"cpus": "0-200"}
	json.dump(spec, open("/tmp/oci/bundle/config.json", "w"))
END
wrong spec config.json "cpuset.cpus.*numerical result out of range" bundle
tap_end
