#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# explain; what plan says of rules that are for nothing or override each other; and changes that would leave images
# that do not fit together.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

checkpoint dump
# encode FILE JSON: an image of the checkpoint.
encode() { printf '%s' "$2" | "$program" encode -o "dump/$1" || exit 1; }
encode files.img '{"magic": "FILES", "entries": [
	{"type": "PIPE", "id": 1, "pipe": {"id": 1, "pipe_id": 1, "flags": 0, "fown": {"uid": 0, "euid": 0,
	"signum": 0, "pid_type": 0, "pid": 0}}},
	{"type": "PIPE", "id": 2, "pipe": {"id": 2, "pipe_id": 1, "flags": 0, "fown": {"uid": 0, "euid": 0,
	"signum": 0, "pid_type": 0, "pid": 0}}}]}'
encode fdinfo-2.img '{"magic": "FDINFO", "entries": [
	{"id": 1, "flags": 0, "type": "PIPE", "fd": 0},
	{"id": 9, "flags": 0, "type": "PIPE", "fd": 1}]}'
encode pstree.img '{"magic": "PSTREE", "entries": [
	{"pid": 1, "ppid": 0, "pgid": 1, "sid": 1, "threads": [1]}]}'

# rules NAME TEXT
rules() { printf '%s\n' "$2" >"$1.rules"; }
rules one 'let pool = 0-1
when host.cgroup.version == 2 {
	cgroup_entry get
}
cgroup_entry.controllers["cpuset" in cnames]//properties[name="cpuset.cpus"] set value=0-1
cgroup_entry.controllers["cpu" in cnames] delete
cgroup_entry//properties[name="cpuset.mems"] set value="0"'
rules two 'cgroup_entry//properties[name="cpuset.cpus"] set value="0"
cgroup_entry//properties[name="cpuset.mems"] set value="1"'
rules fit 'cgroup_entry fit cpuset.mems'

# ---- explain
facts='--fact host.cgroup.version=1 --fact host.mems=0'
# shellcheck disable=SC2086
run explain $facts --rules one.rules --rules two.rules --rules fit.rules dump
ended 0 "explain"
says out 'one.rules:1:     pool is 0-1' "the value of a let"
says out 'one.rules:2:     host.cgroup.version == 2: no (1)' "a condition and what it saw"
says out 'one.rules:3: not run: cgroup_entry get' "what is not run"
says out 'one.rules:5: cgroup_entry.controllers["cpuset" in cnames]' "a statement as it was written"
says out 'one.rules:5:     properties: 2 reached, 1 passed' "how far a step came"
says out 'properties[cpuset.mems]: name="cpuset.cpus": no ("cpuset.mems")' "the first that did not pass"
says out 'controllers[cpuset]: "cpu" in cnames: no ("cpuset")' "a list that a condition looked in"
says out 'one.rules:6:     nothing matched' "a statement for nothing"
says out 'unchanged: cgroup.img: controllers[cpuset].dirs[ct].properties[cpuset.mems] value is already 0' \
	"what had its value already"
says out 'changed: cgroup.img: controllers[cpuset].dirs[ct].properties[cpuset.cpus] value 0-3 -> 0-1' "a change"
# shellcheck disable=SC2086
run explain --json $facts --rules one.rules dump
ended 0 "explain --json"
if command -v python3 >/dev/null; then
	is "$(python3 -c 'import json
t = json.load(open("out"))
print(t["error"], sorted({x["type"] for x in t["trace"]}))')" \
		"None ['change', 'condition', 'failed', 'image', 'nothing', 'same', 'skipped', 'statement', 'step', 'unmet']" \
		"has every type of trace"
else
	skip "has every type of trace" "there is no python3"
fi
rules all 'cgroup_entry fit'
run explain --fact host.cpus=0-1 --fact host.mems=0 --rules all.rules dump
is "$(cat out)" "all.rules:1: cgroup_entry fit
all.rules:1:     cgroup_entry: 1 reached
all.rules:1:     since cpuset:/ has 0-1
all.rules:1:     changed: cgroup.img: cpuset:/ct cpuset.cpus 0-3 -> 0-1
all.rules:1:     cgroup.img: 1 matched, 1 changed" "explain of fit: the steps in order, then each value with its reason"
rules must 'must cgroup_entry.controllers["cpu" in cnames] delete'
run explain --rules must.rules dump
ended 1 "explain of rules that fail"
says out 'controllers: 1 reached, 0 passed' "shows how far they came"
says err "'must' asks for a match" "and the error"

# ---- notes and warnings of plan
# shellcheck disable=SC2086
run plan $facts --rules one.rules --rules two.rules --rules fit.rules dump
ended 3 "plan of rules that override each other"
says err 'note: one.rules:6: nothing matched' "names what is for nothing"
says err 'warning: two.rules:1: cgroup.img: ' "names who overrides"
says err '0-1 of one.rules:5 gives way to 0' "and who is overridden"
says err '0 of one.rules:7 gives way to 1' "also where the earlier had nothing to do"
says err 'cpuset:/ct cpuset.mems: 1 of two.rules:2 gives way to 0' "a verb overrides a plain rule"
says out '0-1 -> 0 (two.rules:1): overrides one.rules:5' "the change says it too"
says out '-> 0 (fit.rules:1): overrides two.rules:2' "and that of a verb"
# shellcheck disable=SC2086
run plan -q $facts --rules one.rules --rules two.rules dump
silent err "-q is quiet"
# What verbs and plain rules call a group of several controllers, of v2, and the root.
group() { # CNAMES DIR
	encode cgroup.img '{"magic": "CGROUP", "entries": [{
	"sets": [{"id": 1, "ctls": [{"name": "cpu", "path": "/ct"}]}],
	"controllers": [{"cnames": ['"$1"'], "dirs": [{"dir_name": "'"$2"'", "children": [{"dir_name": "in",
	"properties": [{"name": "cpuset.cpus", "value": "0-3"}]}], "properties": [
	{"name": "cpu.shares", "value": "1024"}]}]}]}]}'
}
rules plain 'cgroup_entry//properties[name="cpuset.cpus"] set value="0-2"
cgroup_entry//properties[name="cpu.shares"] set value="512"'
rules masks 'cgroup_entry fit cpuset.cpus'
cp dump/cgroup.img saved.img
group '"cpu", "cpuset"' ct
run plan --fact host.cgroup.version=1 --fact host.cpus=0-1 --rules plain.rules --rules masks.rules dump
says err 'cpu,cpuset:/ct/in cpuset.cpus: 0-2 of plain.rules:1 gives way to 0-1' \
	"a verb overrides a plain rule where controllers are mounted together"
run plan --fact host.cgroup.version=1 --fact host.cpus=0-1 --rules masks.rules --rules plain.rules dump
says err '.children[in].properties[cpuset.cpus] value: 0-1 of masks.rules:1 gives way to 0-2' "or the other way round"
group '"cpu", "cpuset"' ''
run plan --fact host.cgroup.version=1 --fact host.cpus=0-1 --rules plain.rules --rules masks.rules dump
says err 'cpu,cpuset:/in cpuset.cpus: 0-2 of plain.rules:1 gives way to 0-1' "below the root"
long=docker-$(printf '%064d' 7).scope
group '"cpu", "cpuset"' "$long"
run plan --fact host.cgroup.version=1 --fact host.cpus=0-1 --rules plain.rules --rules masks.rules dump
says err "cpu,cpuset:/$long/in cpuset.cpus: 0-2 of plain.rules:1 gives way to 0-1" "in a group with a long name"
group '""' ct
printf '{"facts": {"host.cgroup.hierarchies": "2:cpu+cpuset", "host.cgroup.version": 2,
	"host.cgroup.layout": "unified", "host.cgroup.controllers": "cpu,cpuset", "host.cpus": "0-1", "host.mems": "0"}}' >v2.json
run plan --facts v2.json --rules plain.rules --rules masks.rules dump
says err 'v2:/ct/in cpuset.cpus: 0-2 of plain.rules:1 gives way to 0-1' "on v2"
# Its own words for the same are no other value.
group '"cpu", "cpuacct"' ct
rules convert 'cgroup_entry convert'
run plan --facts v2.json --rules plain.rules --rules convert.rules dump
says out 'cpu:/ct cpu.shares 512 -> cpu.weight 59 (convert.rules:1)' "convert translates what a plain rule has set"
silent err "and overrides nothing"
group '"cpu", "cpuset"' ct
rules deep 'cgroup_entry.sets.ctls set path="/ct/in"'
run plan --facts v2.json --rules deep.rules --rules plain.rules --rules convert.rules --rules masks.rules dump
says err 'v2:/ct/in cpuset.cpus: 0-2 of plain.rules:1 gives way to 0-1' "a verb overrides what was set before convert"
cp saved.img dump/cgroup.img
rules same 'core_entry.tc set exit_code=1
core_entry.tc set exit_code=1'
run plan --rules same.rules dump
silent err "the same value twice is no conflict"

# ---- images that would not fit together
broken() { # NAME RULES ERROR
	rules broken "$2"
	run plan --rules broken.rules dump
	ended 1 "$1"
	says err "$3" "$1: says why"
}
fine() { # NAME RULES
	rules fine "$2"
	run plan --rules fine.rules dump
	ended 3 "$1"
}
broken "a set whose controller is gone" 'cgroup_entry.controllers delete' \
	"broken.rules:1: cgroup.img: after this change CRIU could not restore it: set 1, controller 'cpuset'"
fine "both gone" 'cgroup_entry.controllers delete
cgroup_entry.sets delete'
broken "a group whose name is a path upwards" 'cgroup_entry//dirs set dir_name=".."' "broken.rules:1:1: cgroup.img: entry 0: '/..' is not a cgroup path"
broken "a task in no set" 'core_entry.tc set cg_set=5' \
	"broken.rules:1: after this change tc.cg_set of core-*.img is 5, but cgroup.img has no sets.id 5"
fine "which CRIU ignores" 'manage-cgroups ignore
core_entry.tc set cg_set=5'
fine "a task in a set" 'core_entry.tc set cg_set=1'
broken "a file that is in use is gone" 'let x = 1
file_entry[id=1] delete' "broken.rules:2: after this change id of fdinfo-*.img is 1, but files.img has no id 1"
fine "a file that is not in use is gone" 'file_entry[id=2] delete'
fine "a file and its user are gone" 'fdinfo_entry[id=1] delete
file_entry[id=1] delete'
fine "what dangled before may go on so" 'fdinfo_entry[id=1] set id=2
file_entry[id=1] delete'
broken "a pipe that nobody has open" 'fdinfo_entry[id=1] set id=2' \
	"broken.rules:1: after this change pipe.id of files.img is 1, and CRIU looks for a task that has it, but none has the id 1 in its fdinfo-*.img; change both"
broken "a descriptor of no file" 'fdinfo_entry[fd=0] set id=7' "id of fdinfo-*.img is 7"
broken "a task without an image" 'pstree_entry set pid=2' "pid of pstree.img is 2, but there is no core-2.img"
broken "a thread without an image" 'pstree_entry.threads set .=3' "threads of pstree.img is 3"
broken "a file without the member of its type" 'file_entry delete pipe' \
	"broken.rules:1: files.img: after this change file_entry has no pipe where the type is PIPE, and CRIU crashes"
broken "a file with two ids" 'file_entry[id=2].pipe set id=3' "id and pipe.id of a file_entry differ"
fine "a file with another id" 'file_entry[id=2] set id=3, pipe.id=3'
broken "an image without its entry" 'pstree_entry delete' "it has no pstree_entry, and CRIU crashes; keep one"
broken "a task without its thread" 'pstree_entry.threads[0] delete' "threads of a pstree_entry lacks its pid"
broken "a child of nobody" 'pstree_entry set ppid=8' "ppid of pstree.img is 8, but pstree.img has no pid 8"

# ---- sessions, and tasks without descriptors
checkpoint dump
encode pstree.img '{"magic": "PSTREE", "entries": [
	{"pid": 1, "ppid": 0, "pgid": 1, "sid": 1, "threads": [1]},
	{"pid": 2, "ppid": 1, "pgid": 1, "sid": 1, "threads": [2]},
	{"pid": 3, "ppid": 1, "pgid": 3, "sid": 3, "threads": [3]}]}'
other="a process has the pgid of a session's leader, and another sid, and CRIU hangs; change both"
broken "a session that nobody leads, and the group of one" 'pstree_entry[pid=2] set sid=77' "$other"
broken "the group of another session" 'pstree_entry[pid=2] set pgid=3' "$other"
fine "a session that nobody leads" 'pstree_entry[pid=2] set sid=77, pgid=77'
fine "no leader any more" 'pstree_entry[pid=3] set sid=77'
for task in 1 2; do
	encode ids-$task.img '{"magic": "IDS", "entries": [{"vm_id": 1, "files_id": '$task', "fs_id": 1, "sighand_id": 1}]}'
done
encode fdinfo-1.img '{"magic": "FDINFO", "entries": [{"id": 1, "flags": 0, "type": "PIPE", "fd": 0}]}'
encode fdinfo-2.img '{"magic": "FDINFO", "entries": [{"id": 1, "flags": 0, "type": "PIPE", "fd": 0}]}'
fine "a task without descriptors" 'task_kobj_ids_entry[image.name="ids-2.img"] set files_id=9'
broken "the last descriptor of a pipe" 'task_kobj_ids_entry set files_id=9' "none has the id 1 in its fdinfo-*.img"
encode mm-1.img '{"magic": "MM", "entries": [{"mm_start_code": 1, "mm_end_code": 1, "mm_start_data": 1, "mm_end_data": 1,
	"mm_start_stack": 1, "mm_start_brk": 1, "mm_brk": 1, "mm_arg_start": 1, "mm_arg_end": 1, "mm_env_start": 1,
	"mm_env_end": 1, "exe_file_id": 1, "aios": [{"id": 4096, "nr_req": 8, "ring_len": 4096},
	{"id": 8192, "nr_req": 8, "ring_len": 4096}]}]}'
broken "the ring of asynchronous reads elsewhere" 'mm_entry.aios[0] set id=7' "aios.id is not what it was, and CRIU kills"
fine "no such ring" 'mm_entry.aios[0] delete'

# ---- a signal that waits: SIGUSR1, and SIGCHLD, which ends nobody
signals() { printf '"%s": {"signals": [{"siginfo": "%s"}]}' "$1" "$(printf "\\$(printf %03o "$2")\\0\\0\\0" | base64)"; }
thread() { printf '"thread_core": {"futex_rla": 0, "futex_rla_len": 0, "blk_sigset": "0x10200"%s}' "${1:+, $1}"; } # [SIGNALS]
waiting() { # SIGNAL HANDLER [shared]: for task 5 or a thread of it; it has a handler for signal 10 if that is no 0
	printf '{"magic": "CORE", "entries": [{"mtype": "X86_64", %s}]}' "\"tc\": {\"task_state\": 1, \"exit_code\": 0, \"personality\": 0, \"flags\": 0, \"blk_sigset\": \"0x0\",
		\"comm\": \"x\", \"sigactions\": [$(for n in $(seq 62); do
		printf '{"sigaction": "%s", "flags": "0x0", "restorer": "0x0", "mask": "0x0"}, ' \
			"$([ "$n" = 9 ] && echo "$2" || echo 0x0)"
	done | sed 's/, $//')]${3:+, $(signals signals_s "$1")}}, $(thread "$([ -n "${3-}" ] || signals signals_p "$1")")"
}
checkpoint dump
encode pstree.img '{"magic": "PSTREE", "entries": [{"pid": 1, "ppid": 0, "pgid": 1, "sid": 1, "threads": [1]},
	{"pid": 5, "ppid": 1, "pgid": 1, "sid": 1, "threads": [5]}]}'
deadly="a signal that waits, and ends the task, is not in blk_sigset, and CRIU restores a task that dies of it"
encode core-5.img "$(waiting 10 0x0)"
broken "a signal that is no more blocked" 'core_entry[image.pid=5].thread_core delete blk_sigset' "$deadly"
broken "the same by another value" 'core_entry[image.pid=5].thread_core set blk_sigset=0x10000' "$deadly"
fine "another mask that blocks it" 'core_entry[image.pid=5].thread_core set blk_sigset=0x200'
fine "the task's mask, where the thread has none" 'core_entry[image.pid=5].tc set blk_sigset=0x200
core_entry[image.pid=5].thread_core delete blk_sigset'
encode core-5.img "$(waiting 10 0x0 | sed s/0x10200/0x10000/)"
fine "a signal that was not blocked before either" 'core_entry[image.pid=5].thread_core set blk_sigset=0x20000'
encode core-5.img "$(waiting 10 0x1000)"
fine "a signal that the task has a handler for" 'core_entry[image.pid=5].thread_core delete blk_sigset'
encode core-5.img "$(waiting 17 0x0)"
fine "a signal that ends nobody" 'core_entry[image.pid=5].thread_core delete blk_sigset'
encode core-5.img "$(waiting 10 0x0 shared)"
broken "a signal for a task of one thread" 'core_entry[image.pid=5].thread_core delete blk_sigset' "core-5.img: after this change $deadly"
encode pstree.img '{"magic": "PSTREE", "entries": [{"pid": 1, "ppid": 0, "pgid": 1, "sid": 1, "threads": [1]},
	{"pid": 5, "ppid": 1, "pgid": 1, "sid": 1, "threads": [5, 6]}]}'
encode core-6.img "{\"magic\": \"CORE\", \"entries\": [{\"mtype\": \"X86_64\", $(thread)}]}"
broken "a signal for a task, which another thread of it no longer blocks" 'core_entry[image.pid=6].thread_core delete blk_sigset' \
	"core-6.img: after this change $deadly"
encode core-5.img "$(waiting 10 0x0)"
fine "a signal for one thread, which another one does not block" 'core_entry[image.pid=6].thread_core delete blk_sigset'
encode core-1.img "$(waiting 10 0x0)"
fine "the first task of a pid namespace does not die of it" 'core_entry[image.pid=1].thread_core delete blk_sigset'

# ---- files of a group that moves
checkpoint files
printf '{"magic": "FILES", "entries": [{"type": "REG", "id": 1, "reg": {"id": 1, "flags": 0, "pos": 0, "fown": {"uid": 0, "euid": 0,
	"signum": 0, "pid_type": 0, "pid": 0}, "name": "/sys/fs/cgroup/cpuset/ct/cpuset.cpus"}}, {"type": "REG", "id": 2, "reg": {
	"id": 2, "flags": 0, "pos": 0, "fown": {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0},
	"name": "/sys/fs/cgroup/cpuset/ct2/tasks"}}]}' | "$program" encode -o files/files.img
rm files/stats-dump
rules move 'cgroup_entry move "/ct" to "/pod"'
run plan --rules move.rules files
is "$(cat err)" "criu-rewrite: note: move.rules:1: files.img: [id=1].reg name is still \
/sys/fs/cgroup/cpuset/ct/cpuset.cpus, which is in a group that moves, and CRIU opens it there; \`path\` says where it is then" \
	"a file that is open in a group that moves is told of, once"
rules move_all 'cgroup_entry move "/ct" to "/pod"
path "/sys/fs/cgroup/cpuset/ct" to "/sys/fs/cgroup/cpuset/pod"'
run plan --rules move_all.rules files
says out 'reg name /sys/fs/cgroup/cpuset/ct/cpuset.cpus -> /sys/fs/cgroup/cpuset/pod/cpuset.cpus' "and path moves it"

# ---- a socket that is in no task any more, for which CRIU would have another of its port wait
checkpoint ports
socket() { # ID STATE REUSEPORT
	printf '{"type": "INETSK", "id": %s, "isk": {"id": %s, "ino": %s, "family": 2, "type": 1, "proto": 6, "state": %s,
		"src_port": 80, "dst_port": 0, "flags": 2, "backlog": 1, "src_addr": [0], "dst_addr": [0],
		"fown": {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0},
		"opts": {"so_sndbuf": 1, "so_rcvbuf": 1, "so_snd_tmo_sec": 0, "so_snd_tmo_usec": 0, "so_rcv_tmo_sec": 0,
		"so_rcv_tmo_usec": 0, "reuseaddr": true, "so_reuseport": %s}}}' "$1" "$1" "$1" "$2" "$3"
}
sockets() { # REUSEPORT-OF-THE-LISTENING-ONE
	printf '{"magic": "FILES", "entries": [%s, %s]}' "$(socket 1 10 "$1")" "$(socket 2 1 false)" |
		"$program" encode -o ports/files.img
}
printf '{"magic": "FDINFO", "entries": [{"id": 1, "flags": 0, "type": "INETSK", "fd": 3},
	{"id": 2, "flags": 0, "type": "INETSK", "fd": 4}]}' | "$program" encode -o ports/fdinfo-2.img
rules listening 'fdinfo_entry[id=1] delete'
rules connected 'fdinfo_entry[id=2] delete'
sockets false
run plan --rules connected.rules ports
ended 1 "a connection goes, and the listening socket of its port would wait"
says err "connected.rules:1: after this change isk.id of files.img is 2, and CRIU looks for a task that has it, but none has the id 2 in its fdinfo-*.img; change both" "why"
run plan --rules listening.rules ports
ended 3 "a connection waits for nobody"
sockets true
run plan --rules connected.rules ports
ended 3 "nor does a socket that keeps both options"

# ---- sockets of a pair: CRIU makes both for the one that comes last in files.img, 2 here
checkpoint pairs
end() { # ID PEER
	printf '{"type": "UNIXSK", "id": %s, "usk": {"id": %s, "ino": 10%s, "type": 1, "state": 1, "flags": 2, "uflags": 0,
		"backlog": 0, "peer": %s, "fown": {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0},
		"opts": {"so_sndbuf": 1, "so_rcvbuf": 1, "so_snd_tmo_sec": 0, "so_snd_tmo_usec": 0, "so_rcv_tmo_sec": 0,
		"so_rcv_tmo_usec": 0}, "name": ""}}' "$1" "$1" "$1" "$2"
}
printf '{"magic": "FILES", "entries": [%s, %s]}' "$(end 1 102)" "$(end 2 101)" | "$program" encode -o pairs/files.img
for task in 1 2; do
	printf '{"magic": "IDS", "entries": [{"vm_id": 1, "files_id": 1%s, "fs_id": 1, "sighand_id": 1}]}' "$task" |
		"$program" encode -o pairs/ids-$task.img
	printf '{"magic": "FDINFO", "entries": [{"id": 1, "flags": 0, "type": "UNIXSK", "fd": 3},
		{"id": 2, "flags": 0, "type": "UNIXSK", "fd": 4}]}' | "$program" encode -o pairs/fdinfo-1$task.img
done
rm -f pairs/fdinfo-2.img
pair() { # STATUS NAME RULES
	rules pair "$3"
	run plan --rules pair.rules pairs
	ended "$1" "$2"
}
first='fdinfo_entry[image.name="fdinfo-11.img"]'
second='fdinfo_entry[image.name="fdinfo-12.img"]'
pair 1 "the end that makes both is in the second process only, which has the other from the first" "${first}[id=2] delete"
says err "pair.rules:1: after this change the file 2 of files.img, an end of a socketpair, is in no process before 2, but the other end, the file 1, is in process 1, and CRIU kills the task; keep 2 in fdinfo of process 1, or delete 1 there, too" "why"
pair 3 "both have gone from the first" "${first} delete"
pair 3 "the other end has gone from the second" "${first}[id=2] delete
${second}[id=1] delete"
pair 3 "the end that is made for the other" "${first}[id=1] delete"
pair 3 "an end of the second process" "${second}[id=2] delete"
pair 1 "by way of the ids of a task" 'task_kobj_ids_entry[image.name="ids-1.img"] set files_id=12
task_kobj_ids_entry[image.name="ids-2.img"] set files_id=11
'"${second}[id=2] delete"
pair 3 "sockets that are no pair" "${first}[id=2] delete
file_entry[id=1].usk set peer=0"
finish
