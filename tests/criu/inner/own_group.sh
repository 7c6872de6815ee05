# SPDX-License-Identifier: GPL-2.0-only
# In which group tasks come back, and that it keeps what is its own. On a machine with memory and pids on cgroup v1 and
# with cgroup v2 beside it; the groups are $GROUP-*.
# shellcheck shell=bash
. /src/tests/criu/inner/lib.sh

memory=/sys/fs/cgroup/memory v2=/sys/fs/cgroup/unified pids=/sys/fs/cgroup/pids
src=$group-src own=$group-own new=$group-new
if [ ! -d $memory ] || [ ! -e $v2/cgroup.procs ] || [ ! -d $pids ]; then
	echo "SKIP: this machine has not memory and pids on cgroup v1 and cgroup v2 beside them"
	exit 77
fi

# Tasks that were killed take a moment to leave.
remove() {
	local g try
	for g in $(find $memory $v2 $pids -depth -type d -path "*/$group-*"); do
		for try in $(seq 50); do rmdir "$g" 2>/dev/null && break || sleep 0.02; done
	done
}
place() { sed -n "s/^[0-9]*:$2://p" "/proc/$1/cgroup"; }
facts_of() { echo "$(cat "$1/memory.limit_in_bytes") $(stat -c '%u:%g %a' "$1")"; }

# A task in these groups, to be dumped: its pid is in $pid.
begin() { # GROUP_DIRECTORY...
	# shellcheck disable=SC2016
	setsid sh -c 'for g; do echo $$ >"$g/cgroup.procs"; done; exec sleep 1000' - "$@" </dev/null >/dev/null 2>&1 &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.05; done
}
take() {
	rm -rf $images && mkdir $images
	criu dump -t "$pid" -D $images -W "$work" -o dump.log -v4 --manage-cgroups || tail -3 "$work/dump.log"
	wait "$pid" 2>/dev/null
}
# criu in these groups: within "DIRECTORY..." OPTION...
within() {
	local groups=$1
	shift
	bash -c 'for g in '"$groups"'; do echo $$ >"$g/cgroup.procs"; done; exec "$@"' - \
		criu restore -d -D $images -W "$work" -o restore.log -v4 "$@"
}
stop() { kill -9 "$pid" 2>/dev/null; /src/tests/lab/ended "$pid"; }
said() { grep -o "rewrite: .*$1.*" "$log"; }

remove
install_plugin

# --- a group that criu is in keeps its own ------------------------------------------
mkdir -p $memory/$src/in $v2/$src
echo 64M >$memory/$src/memory.limit_in_bytes
echo 32M >$memory/$src/in/memory.limit_in_bytes
begin $memory/$src $v2/$src
take
remove
configure <<<"cgroup_entry drop strangers
cgroup_entry move to own controller memory, v2
cgroup_entry fit"
for mode in soft full; do
	mkdir $memory/$own $v2/$own
	echo 500M >$memory/$own/memory.limit_in_bytes
	chown 1000:1000 $memory/$own && chmod 775 $memory/$own
	before=$(facts_of $memory/$own)
	ok "$mode: move to own restores" within "$memory/$own $v2/$own" --manage-cgroups=$mode
	is "$(place "$pid" memory) $(place "$pid" '')" "/$own /$own" "$mode: into the caller's group"
	is "$(facts_of $memory/$own)" "$before" "$mode: which keeps its limit, owner and mode"
	is "$(cat $memory/$own/in/memory.limit_in_bytes)" 33554432 "$mode: the group below has its own limit"
	ok "$mode: the log says what was dropped" said "memory group /$src -> /$own .*dropped: memory.limit_in_bytes 67108864"
	stop
	remove
done

# --- --cgroup-root decides -----------------------------------------------------------
mkdir $memory/$own $v2/$own
ok "with --cgroup-root it restores" within "$memory/$own $v2/$own" --manage-cgroups --cgroup-root "memory:/$new" --cgroup-root ":/$new"
is "$(place "$pid" memory) $(place "$pid" '')" "/$new /$new" "into that group"
ok "and the log says so" said "memory:/$src: --cgroup-root /$new decides where this group goes; the move has no effect"
stop

# --- the group of a runtime -----------------------------------------------------------
cp /src/rules/library/default.rules /etc/criu/
echo "rules /etc/criu/default.rules" >/etc/criu/rewrite.conf
mkdir -p $v2/$new
is "$(python3 /src/tests/criu/inner/rpc_in.py $images "$work" restore.log $v2/$own)" "restored $pid" "by RPC, criu put into a group: it restores"
is "$(place "$pid" '') $(place "$pid" memory)" "/$own /$src" "into that group, where criu was put into one"
stop
is "$(python3 /src/tests/criu/inner/rpc_in.py $images "$work" restore.log)" "restored $pid" "by RPC, criu where its caller is: it restores"
is "$(place "$pid" '')" "/$src" "into the group of the checkpoint"
stop
ok "from the command line it restores" within "$v2/$own" --manage-cgroups
is "$(place "$pid" '')" "/$src" "into the group of the checkpoint"
stop
remove

# --- groups of strangers -----------------------------------------------------------------
mkdir $pids/$group-stranger $v2/$src
begin $v2/$src
take
remove
ok "a task of the root restores" within "" --manage-cgroups
not_ok_if "without the groups of strangers" test -e $pids/$group-stranger
ok "and the log says so" said "pids group .* -> (gone) .*no task of the checkpoint is in"
stop
remove

# --- two groups of one container, with --cgroup-root ----------------------------------------
mkdir -p $v2/$src/a $v2/$src/b
# shellcheck disable=SC2016
setsid sh -c 'echo $$ >$1/a/cgroup.procs; sh -c "echo \$\$ >$1/b/cgroup.procs; exec sleep 1001" & exec sleep 1000' - $v2/$src </dev/null >/dev/null 2>&1 &
pid=$!
until child=$(pgrep -P $pid) && [ "$(cat "/proc/$child/comm")" = sleep ]; do sleep 0.05; done
take
remove
mkdir $v2/$new
ok "two groups restore below --cgroup-root" within "" --manage-cgroups --cgroup-root ":/$new"
is "$(place "$pid" '') $(place "$child" '')" "/$new/a /$new/b" "as two groups"
kill -9 "$child"
stop
remove

# --- threads of one process -------------------------------------------------------------------
mkdir -p $v2/$src/t1 $v2/$src/t2
echo threaded >$v2/$src/t1/cgroup.type
echo threaded >$v2/$src/t2/cgroup.type
setsid python3 -c '
import sys, threading, time
top = sys.argv[1]
open(top + "/cgroup.procs", "w").write("0")
def sleep(group):
    open(top + group + "/cgroup.threads", "w").write("0")
    time.sleep(1000)
threading.Thread(target=sleep, args=("/t2",), daemon=True).start()
sleep("/t1")' $v2/$src </dev/null >/dev/null 2>&1 &
pid=$!
until grep -q . $v2/$src/t1/cgroup.threads && grep -q . $v2/$src/t2/cgroup.threads; do sleep 0.05; done
take
remove
mkdir $v2/$own
configure <<<"cgroup_entry drop strangers
cgroup_entry move to own controller v2"
ok "threads in groups of their own restore" within "$v2/$own" --manage-cgroups
is "$(for t in /proc/"$pid"/task/*; do sed -n 's/^0:://p' "$t/cgroup"; done | tr '\n' ' ')" "/$own/t1 /$own/t2 " \
	"below criu's own group"
stop
remove
tap_end
