#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# show --cgroups: the groups of a checkpoint as a tree, with limits and tasks, and beside it those of a host, here a folder.
. "$(dirname "$0")/lib"
export COLUMNS=

encode() { "$program" encode -o "$1"; }
core() { # PID SET
	encode "dump/core-$1.img" <<END
{"magic": "CORE", "entries": [{"mtype": "X86_64", "tc": {"task_state": 1, "exit_code": 0, "personality": 0, "flags": 0,
"blk_sigset": 0, "comm": "sleep"}, "thread_core": {"futex_rla": 0, "futex_rla_len": 0, "sched_nice": 0, "sched_policy": 0,
"cg_set": $2}}]}
END
}
mkdir dump
encode dump/cgroup.img <<'END'
{"magic": "CGROUP", "entries": [{"sets": [
 {"id": 1, "ctls": [{"name": "cpuset", "path": "/ct"}, {"name": "", "path": "/ct"}]},
 {"id": 2, "ctls": [{"name": "cpuset", "path": "/ct/in"}, {"name": "", "path": "/ct"}]}],
"controllers": [{"cnames": ["cpuset"], "dirs": [{"dir_name": "ct", "children": [
  {"dir_name": "in", "children": [], "properties": [{"name": "cpuset.cpus", "value": "1"}, {"name": "cpuset.mem_hardwall", "value": "0"}]},
  {"dir_name": "new\u0001line", "children": [], "properties": []}],
 "properties": [{"name": "cpuset.cpus", "value": "0-3"}, {"name": "cpuset.mems", "value": "0"}]}]},
{"cnames": [""], "dirs": [{"dir_name": "ct", "children": [], "properties": []}]}]}]}
END
encode dump/pstree.img <<'END'
{"magic": "PSTREE", "entries": [{"pid": 7, "ppid": 0, "pgid": 7, "sid": 7, "threads": [7, 8, 9]},
{"pid": 10, "ppid": 7, "pgid": 7, "sid": 7, "threads": [10]}, {"pid": 11, "ppid": 7, "pgid": 7, "sid": 7, "threads": [11]}]}
END
core 7 1
core 8 1
core 9 2
core 10 2
core 11 5

# A host with cpuset on v1, another version of /ct, and groups of its own.
mkdir -p host/proc/self host/sys/fs/cgroup/cpuset/ct/own/deep host/sys/fs/cgroup/cpuset/other host/sys/fs/cgroup/unified
printf '%s\n' 5:cpuset:/ 0::/ >host/proc/self/cgroup
printf '%s\n' '31 30 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset' \
	'32 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw' >host/proc/self/mountinfo
cd host/sys/fs/cgroup || exit
for group in cpuset cpuset/ct cpuset/ct/own cpuset/other; do
	echo 0-1 >$group/cpuset.cpus
	echo 0 >$group/cpuset.mems
	echo 0 >$group/cpuset.mem_hardwall
	: >$group/cgroup.procs
done
echo cpu memory >unified/cgroup.controllers
printf '%s\n' 1 2 >cpuset/cgroup.procs
echo 300 >cpuset/ct/own/cgroup.procs
cd "$work" || exit

# draws NAME ARGUMENT...: what is drawn is as standard input says
draws() {
	name=$1
	shift
	cat >wanted
	run show --cgroups --root host "$@" dump
	ended 0 "$name"
	diff wanted out >differs 2>&1 || cat differs
	silent differs "is drawn as it is"
}

draws "show --cgroups" <<'END'
cpuset                   this host: cpuset
/                        /  2 tasks: 1 2
|                        |  cpuset.cpus 0-1
|                        |  cpuset.mems 0
`- ct  1 task: 7         |- ct
   |  cpuset.cpus 0-3    |  |  cpuset.cpus 0-1
   |  cpuset.mems 0      |  |  cpuset.mems 0
   |- in  2 tasks: 9 10  |  |
   |     cpuset.cpus 1   |  |
   `- new\x01line        |  |
                         |  `- own  1 task: 300  (1 below)
                         |        cpuset.cpus 0-1
                         |        cpuset.mems 0
                         `- other
                               cpuset.cpus 0-1
                               cpuset.mems 0

v2                       this host: v2
/                        /
`- ct  3 tasks: 7 9 10

in the groups of criu at the dump, which are not in the checkpoint: 1 task: 11
END
run show --cgroups --root host -v dump
says out "cpuset.mem_hardwall 0" "-v: with what every group has"
says out "own  1 task: 300" "and what is in groups"
says out "\`- deep" "that only the host has"
run show --cgroups --root host --color=always dump
says out "$(printf '\033[31m   |  cpuset.cpus 0-3\033[0m    \033[32m|  |  cpuset.cpus 0-1\033[0m')" "what differs is in colours"
is "$(grep -c "$(printf '\033')" out)" 1 "and nothing else"

# ---- terminals of any width
# Of the trees, without the line below.
widest() { awk '/^in the groups/ { next } length($0) > most { most = length($0) } END { print most + 0 }' out; }
for columns in 200 79 60 45; do
	COLUMNS=$columns run show --cgroups --root host dump
	is "$(wc -l <out) $(($(widest) <= columns))" "22 1" "$columns columns are enough"
done
COLUMNS=45 run show --cgroups --root host dump
says out "|- in  2 tasks:..." "what is too long is cut"
COLUMNS=1 run show --cgroups --root host dump
ended 0 "one column"
is "$(widest)" 42 "is taken for what can be read"
python3 - "$program" >out 2>err <<'END'
import fcntl, os, pty, struct, subprocess, sys, termios
for columns in 120, 50:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    if os.fork() == 0:
        command = [sys.argv[1], "show", "--cgroups", "--root", "host", "dump"]
        subprocess.run(command, stdout=slave, env={"NO_COLOR": "1"})
        os.write(slave, b"\0")
        os._exit(0)
    # The slave stays open until the mark is read: a kernel may forget what was written to one that nobody has open any more.
    text = b""
    while not text.endswith(b"\0"):
        text += os.read(master, 65536)
    os.wait()
    os.close(slave)
    lines = text.decode().split("\r\n")[:20]
    print(len(lines), max(map(len, lines)) <= columns, any("..." in line for line in lines))
END
is "$(cat out)" "20 True False
20 True True" "a terminal's width counts"

# ---- JSON
run show --cgroups --json --root host dump
ended 0 "--json"
value() { python3 -c 'import json, sys; groups = json.load(open("out")); print(json.dumps(eval(sys.argv[1]), sort_keys=True))' "$1"; }
is "$(value '[group["path"] for group in groups["groups"]]')" \
	'["/", "/ct", "/ct/in", "/ct/new\u0001line", "/ct/own", "/other", "/", "/ct"]' "has every group"
is "$(value 'groups["groups"][1]')" '{"hierarchy": "cpuset", "host_hierarchy": "cpuset", "host_tasks": [], "limits": [{"checkpoint": "0-3", "host": "0-1", "name": "cpuset.cpus"}, {"checkpoint": "0", "host": "0", "name": "cpuset.mems"}], "path": "/ct", "tasks": [7]}' \
	"with both sides"
is "$(value '[groups["groups"][2]["host_tasks"], groups["groups"][5]["tasks"], groups["elsewhere"]]')" '[null, null, [11]]' \
	"null where a side has none"

# ---- other hosts
printf '%s\n' 0::/ >host/proc/self/cgroup
echo '32 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw' >host/proc/self/mountinfo
mkdir host/sys/fs/cgroup/unified/ct
echo 5000000 >host/sys/fs/cgroup/unified/ct/memory.max
echo max >host/sys/fs/cgroup/unified/ct/pids.max
run show --cgroups --root host dump
is "$(sed -n '1s/  *//p' out)" "cpusetthis host: has it not" "a host without the controller"
is "$(grep -A 9 ^v2 out | grep memory.max | tr -d ' |')" "memory.max5000000" "limits of v2"
is "$(grep -c pids.max out)" 0 "but none that every group has"
echo "cpuset cpu memory" >host/sys/fs/cgroup/unified/cgroup.controllers
run show --cgroups --root host dump
is "$(sed -n '1s/  *//p' out)" "cpusetthis host: v2" "and one that has it on v2"
"$program" encode -o dump/rewrite-cgroup.img <<'END'
{"magic": "REWRITE_CGROUP", "entries": [{"cnames": [""], "dirs": [{"dir_name": "ct", "children": [],
"properties": [{"name": "memory.max", "value": "7000000"}]}]}]}
END
run show --cgroups --root host dump
says out "memory.max 7000000" "what was captured is shown"
mkdir nothing
run show --cgroups --root nothing dump
ended 0 "a host without groups"
says out "this host: has it not" "says so"

# ---- what is no such checkpoint
rm dump/cgroup.img
run show --cgroups --root host dump
says out "the checkpoint has no groups" "a checkpoint without groups"
says out "4 tasks: 7 9 10 11" "has tasks"
run show --cgroups nothing
ended 1 "a directory without images"
run show --cgroups dump/pstree.img
ended 1 "an image"
says err "Not a directory" "is none"
run show --root host dump
ended 2 "--root alone"
printf 'junk' >dump/cgroup.img
run show --cgroups --root host dump
ended 1 "a broken image"
says err "cgroup.img" "is named"
# ---- characters that are two columns wide, or none
"$program" encode -o dump/cgroup.img <<'END'
{"magic": "CGROUP", "entries": [{"sets": [], "controllers": [{"cnames": ["cpuset"], "dirs": [
{"dir_name": "漢字", "children": [], "properties": []}, {"dir_name": "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "children": [], "properties": []}]}]}]}
END
run show --cgroups --root host dump
is "$(head -n 1 out)" "cpuset   this host: v2" "\`- 漢字 takes seven columns, and what stands above a letter none"
finish
