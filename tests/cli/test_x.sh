#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# x: what is printed of checkpoints as no CRIU of today writes them, and that memory does not grow with an image.
# tests/json/test_crit.sh compares it with crit over real dumps.
. "$(dirname "$0")/lib"

encode() { # IMAGE: from standard input
	"$program" encode -o "$1" || exit 1
}
tasks() { # DIR PID:PPID...
	dir=$1
	shift
	for task; do echo "{\"pid\": ${task%:*}, \"ppid\": ${task#*:}, \"pgid\": 1, \"sid\": 1}"; done |
		paste -sd , | sed 's/.*/{"magic": "PSTREE", "entries": [&]}/' | encode "$dir/pstree.img"
}
own=', "fown": {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0}'
regular='"flags": 0, "pos": 0'$own

# ---- tables of files by type, as CRIU wrote them before 3.3, beside files.img
mkdir old
tasks old 1:0
echo '{"magic": "IDS", "entries": [{"vm_id": 1, "files_id": 7, "fs_id": 1, "sighand_id": 1}]}' |
	encode old/ids-1.img
echo '{"magic": "FS", "entries": [{"cwd_id": 10, "root_id": 11}]}' | encode old/fs-1.img
cat >old.json <<END
{"magic": "FDINFO", "entries": [
{"id": 10, "flags": 0, "type": "REG", "fd": 0}, {"id": 20, "flags": 0, "type": "PIPE", "fd": 1},
{"id": 30, "flags": 0, "type": "UNIXSK", "fd": 2}, {"id": 21, "flags": 0, "type": "PIPE", "fd": 3},
{"id": 31, "flags": 0, "type": "UNIXSK", "fd": 4}, {"id": 40, "flags": 0, "type": "EVENTFD", "fd": 5},
{"id": 12, "flags": 0, "type": "REG", "fd": 6}, {"id": 13, "flags": 0, "type": "REG", "fd": 7}]}
END
encode old/fdinfo-7.img <old.json
cat >old.json <<END
{"magic": "REG_FILES", "entries": [
{"id": 10, $regular, "name": "/a \\"b\\", \\\\{[c"}, {"id": 10, $regular, "name": "/second"},
{"id": 12, $regular, "name": "/older"}, {"id": 13, $regular, "name": {"_bytes": "/w=="}}]}
END
encode old/reg-files.img <old.json
echo '{"magic": "PIPES", "entries": [{"id": 20, "pipe_id": 77, "flags": 0'"$own"'}]}' | encode old/pipes.img
cat >old.json <<END
{"magic": "UNIXSK", "entries": [{"id": 30, "ino": 5, "type": 1, "state": 1, "flags": 0, "uflags": 0,
"backlog": 0, "peer": 6$own, "opts": {"so_sndbuf": 0, "so_rcvbuf": 0, "so_snd_tmo_sec": 0, "so_snd_tmo_usec": 0,
"so_rcv_tmo_sec": 0, "so_rcv_tmo_usec": 0}, "name": "/run/s"}]}
END
encode old/unixsk.img <old.json
echo '{"magic": "FILES", "entries": [{"type": "REG", "id": 12, "reg": {"id": 12, '"$regular"', "name": "/newer"}}]}' |
	encode old/files.img
run x old fds
ended 0 "x of an old checkpoint"
tab=$(printf '\t')
cat >wanted <<END
1
$tab      0: /a "b", \\{[c
$tab      1: pipe[77]
$tab      2: unix[5 (6) /run/s]
$tab      3: pipe[?]
$tab      4: unix[?]
$tab      5: EVENTFD.40
$tab      6: /newer
$tab      7: ?
$tab    cwd: /a "b", \\{[c
$tab   root: unknown path
END
is "$(cat out)" "$(cat wanted)" "finds files in the tables by type"

# ---- what is wrong is said, once, and the rest is shown
cp -r old bad
size=$(wc -c <bad/reg-files.img)
head -c $((size - 1)) old/reg-files.img >bad/reg-files.img
run x bad fds
ended 1 "x of a table that is cut off"
is "$(sed 's/: cut off.*//' err)" "criu-rewrite: reg-files.img: entry 3" "names the entry, once"
is "$(grep -c 'pipe\[77\]\|unix\[5\|/newer' out)" 3 "and shows what is in other tables"
size=$(wc -c <old/fdinfo-7.img)
cp old/reg-files.img bad/reg-files.img
head -c $((size - 1)) old/fdinfo-7.img >bad/fdinfo-7.img
run x bad fds
ended 1 "x of open files that are cut off"
is "$(sed 's/: cut off.*//' err)" "criu-rewrite: fdinfo-7.img: entry 7" "names the entry, once"
is "$(tail -n 2 out)" "$(tail -n 2 wanted)" "and shows all else"

# ---- trees of tasks
comm() { # DIR PID NAME
	echo '{"magic": "CORE", "entries": [{"mtype": "X86_64", "tc": {"task_state": 1, "exit_code": 0,
		"personality": 0, "flags": 0, "blk_sigset": 0, "comm": "'"$3"'"}}]}' | encode "$1/core-$2.img"
}
mkdir tree
tasks tree 5:0 9:5 7:5 8:9 6:7
for pid in 5 6 7 8 9; do comm tree $pid task-$pid; done
run x tree ps
ended 0 "x ps"
is "$(cat out)" "    PID   PGID    SID   COMM
      5      1      1   task-5
      9      1      1       task-9
      8      1      1           task-8
      7      1      1       task-7
      6      1      1           task-6" "children in the order of the image"
mkdir ring
tasks ring 1:0 2:1 3:2 3:3 3:3 3:3
run x ring ps
ended 1 "tasks that are their own parents"
ok "$([ "$(wc -l <out)" -lt 20 ] && echo true)" "are not gone through for ever"
says err "pstree.img: tasks are their own parents" "and said to be that"
tasks ring 1:2 2:1
run x ring ps
ended 1 "no first task"
says err "pstree.img: there is no first task" "is said"

# ---- large images: no more memory than for small ones, and more names than are kept
many() { # MAGIC COUNT FORMAT...: COUNT entries; each %d of the format, three at most, is the entry's number
	awk -v magic="$1" -v count="$2" -v format="$3" 'BEGIN {
		printf "{\"magic\": \"%s\", \"entries\": [", magic
		if (magic == "PAGEMAP") printf "{\"pages_id\": 1}, "
		for (i = 1; i <= count; i++)
			printf (i > 1 ? ", " : "") format, i, i, i
		print "]}" }'
}
# In KiB, for data alone: what is mapped of an image does not count.
small=8192
kept=28672
within() { # KIB ARGUMENT...
	status=0
	(ulimit -d "$1" && shift && exec "$program" "$@") >out 2>err || status=$?
}
mkdir large
tasks large 1:0
cp old/ids-1.img old/fs-1.img large
many PAGEMAP 200000 '{"vaddr": %d0000, "nr_pages": 1, "flags": 4}' | encode large/pagemap-1.img
many FDINFO 300000 '{"id": %d, "flags": 0, "type": "REG", "fd": %d}' | encode large/fdinfo-7.img
many FILES 300000 '{"type": "REG", "id": %d, "reg": {"id": %d, '"$regular"', "name": "/file/%d"}}' |
	encode large/files.img
head='"exe_file_id": 299999'
for name in start_code end_code start_data end_data start_stack start_brk brk arg_start arg_end env_start env_end; do
	head="$head, \"mm_$name\": 0"
done
many MM 60000 '{"start": %d00000, "end": %d50000, "pgoff": 0, "shmid": %d, "prot": 1, "flags": 2, "status": 65, "fd": -1}' |
	sed 's/\[/[{'"$head"', "vmas": [/; s/\]}$/], "dumpable": 1}]}/' | encode large/mm-1.img
sorted=$(awk 'BEGIN { for (i = 1; i <= 300000; i++) printf "\t%7d: /file/%d\n", i, i }' | cksum)

if within "$small" --version && [ "$status" = 0 ]; then
	mv large/mm-1.img mm
	within $small x large rss
	ended 0 "200000 entries of pages in $small KiB"
	is "$(wc -l <out)" 200001 "all of them"
	mv mm large/mm-1.img
	within $small x large mems
	ended 0 "60000 mappings in $small KiB"
	within $kept x large rss
	ended 0 "and the pages of them in $kept"
	within $kept x large fds
	ended 0 "300000 files in $kept KiB"
else
	skip "memory" "the sanitizers take all there is"
fi
run x large fds
is "$(sed '1d;/cwd/d;/root/d' out | cksum)" "$sorted" "more names than are kept at a time"
is "$(grep -E 'cwd|root' out)" "$tab    cwd: /file/10
$tab   root: /file/11" "and some of them again"
run x large mems
is "$(sed -n '2p;$p' out | tr -s ' ')" "$tab""exe /file/299999
$tab""165a0bc00-165a17f50 r-- /file/60000" "mappings with their files"
run x large rss
is "$(sed -n '10,13p;$p' out | tr -s ' ' | tr '\n\t' '^>')" \
	">15f90 / 1 ^>186a0 / 1 000186a0 / 12 /file/1^> ^>1adb0 / 1 ~^> ^" "pages with their mappings"
is "$(wc -l <err)" 0 "no complaint"
# ---- JSON
mkdir small
tasks small 1:0
cp old/ids-1.img old/fs-1.img old/fdinfo-7.img old/reg-files.img old/pipes.img old/unixsk.img small
comm small 1 first
many PAGEMAP 3 '{"vaddr": %d0000, "nr_pages": 1, "flags": 4}' | encode small/pagemap-1.img
cat >mm.json <<END
{"magic": "MM", "entries": [{$(echo "$head" | sed 's/299999/10/'), "dumpable": 1, "vmas": [
{"start": 0, "end": 65536, "pgoff": 4096, "shmid": 10, "prot": 5, "flags": 2, "status": 129, "fd": -1},
{"start": 65536, "end": 131072, "pgoff": 0, "shmid": 0, "prot": 3, "flags": 34, "status": 3, "fd": -1}]}]}
END
encode small/mm-1.img <mm.json
run x small mems
is "$(sed -n '3,$p' out)" "$tab""00000000-00010000                   r-x /a \"b\", \\{[c + 0x1000 (s)
$tab""00010000-00020000                   rw- [stack]" "numbers have eight digits at least"
says_json() { # VIEW WANTED
	run x small "$1" --json
	ended 0 "x $1 --json"
	is "$(python3 -c 'import json; print(json.dumps(json.load(open("out"))))')" "$2" "says the same"
	cp out "x.$1"
}
says_json ps '[{"pid": 1, "ppid": 0, "pgid": 1, "sid": 1, "comm": "first"}]'
says_json fds '[{"pid": 1, "cwd": "/a \"b\", \\{[c", "root": "unknown path", "files": [{"fd": 0, "name": "/a \"b\", \\{[c"}, {"fd": 1, "name": "pipe[77]"}, {"fd": 2, "name": "unix[5 (6) /run/s]"}, {"fd": 3, "name": "pipe[?]"}, {"fd": 4, "name": "unix[?]"}, {"fd": 5, "name": "EVENTFD.40"}, {"fd": 6, "name": "/older"}, {"fd": 7, "name": "?"}]}]'
says_json mems '[{"pid": 1, "exe": "/a \"b\", \\{[c", "mappings": [{"start": "0", "end": "10000", "rights": "r-x", "name": "/a \"b\", \\{[c", "offset": "1000", "shared": true, "regular": true}, {"start": "10000", "end": "20000", "rights": "rw-", "name": "[stack]", "offset": "0", "shared": false, "regular": true}]}]'
says_json rss '[{"pid": 1, "ranges": [{"start": "2710", "pages": 1, "mappings": [{"start": "0", "pages": 16, "name": "/a \"b\", \\{[c"}]}, {"start": "4e20", "pages": 1, "mappings": [{"start": "0", "pages": 16, "name": "/a \"b\", \\{[c"}]}, {"start": "7530", "pages": 1, "mappings": [{"start": "0", "pages": 16, "name": "/a \"b\", \\{[c"}]}]}]'
if python3 -c 'import jsonschema' 2>/dev/null; then
	is "$(python3 "$top/tests/cli/schema.py" "$top/doc/criu-rewrite.schema.json" x.ps x.fds x.mems x.rss)" "" "as the schema does"
else
	skip "as the schema does" "there is no python3-jsonschema"
fi
finish
