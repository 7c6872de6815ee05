#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# criu-rewrite diff: what is matched with what, how it is shown, exit status.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

same() { # A B NAME
	run diff "$1" "$2"
	ended 0 "$3"
	silent out "and nothing is shown"
	silent err "nor complained of"
}
differs() { # A B NAME LINE...
	run diff "$1" "$2"
	ended 3 "$3"
	shift 3
	printf '%s\n' "$@" >wanted
	ok "$(cmp -s out wanted && echo true)" "its lines"
	cmp -s out wanted || sed 's/^/# wanted: /' wanted
}
PSTREE=0x50273030
task() { echo "$(number 1 "$1")$(number 2 0)$(number 3 "$2")$(number 4 1)"; } # PID PGID

checkpoint a
checkpoint b
same a a "a checkpoint and itself"
same a b "a checkpoint and its copy"

# ---- one property, as plan shows it
image b/cgroup.img 0x59383330 "$(cgroup cpuset.cpus 0-1 cpuset.mems 0)"
differs a b "another value" \
	"cgroup.img: controllers[cpuset].dirs[ct].properties[cpuset.cpus] value 0-3 -> 0-1"
run diff --quiet a b
ended 3 "--quiet"
silent out "is quiet"
run diff --verbose a b
says out "1 difference" "--verbose counts"
run diff --color always a b
says out "$(printf 'value \033[31m0-3\033[0m -> \033[32m0-1\033[0m')" "--color shows what was there and what is then"
cp b/cgroup.img b/new.img
mkdir -p empty && cp b/cgroup.img empty/pstree.img
run diff --color always empty b
says out "$(printf 'cgroup.img: image (none) -> \033[32m')" "what is new"
says out "$(printf 'bytes\033[0m -> (gone)')" "and what is gone"
rm -r b/new.img empty
echo 'cgroup_entry//properties[name="cpuset.cpus"] set value=0-1' >rules
run plan --rules rules a
is "$(sed 's/ (rules:1)//' out)" \
	"$("$program" diff a b)" "plan says the same of a rule that does it"
run apply --rules rules -o c a
same b c "what apply has written is the other checkpoint"

image b/cgroup.img 0x59383330 "$(cgroup cpuset.new 1 cpuset.cpus 0-3)"
differs a b "properties by name" \
	'cgroup.img: controllers[cpuset].dirs[ct] properties[cpuset.mems] name="cpuset.mems" value="0" -> (gone)' \
	'cgroup.img: controllers[cpuset].dirs[ct] properties[cpuset.new] (none) -> name="cpuset.new" value="1"'
image b/cgroup.img 0x59383330 "$(cgroup cpuset.mems 0 cpuset.cpus 0-3)"
same a b "their order does not count"
same c c "a third"

# ---- images that only one has, raw images
mkdir l r
echo one >l/pages-1.img
echo ooe >r/pages-1.img
echo x >l/pages-2.img
cp a/core-1.img l/core-10.img
cp a/core-1.img l/core-9.img
cp a/core-1.img r/core-9.img
echo raw >r/core-kinds-to-come.img
echo raw >l/dump.log
differs l r "images" \
	"core-10.img: image 33 bytes -> (gone)" \
	"core-kinds-to-come.img: image (none) -> 4 bytes" \
	"pages-1.img: content 4 bytes -> 4 bytes: they differ from byte 1 on" \
	"pages-2.img: image 2 bytes -> (gone)"
cp r/core-kinds-to-come.img l
rm -f [lr]/pages-* l/core-10.img
same l r "images of unknown kinds that are the same"
echo "raw too" >l/core-kinds-to-come.img
differs l r "images of unknown kinds" \
	"core-kinds-to-come.img: content 8 bytes -> 4 bytes: they differ from byte 3 on"
rm [lr]/core-kinds*

# ---- entries by number
image l/pstree.img $PSTREE "$(task 1 1)"
more l/pstree.img "$(task 7 1)"
more l/pstree.img "$(task 8 1)$(number 5 8)$(number 5 9)"
image r/pstree.img $PSTREE "$(task 1 1)"
more r/pstree.img "$(task 8 2)$(message 5 0809)"
more r/pstree.img "$(task 10 1)"
differs l r "entries, and lists written in two ways" \
	"pstree.img: pstree_entry[pid=7] pid=7 ppid=0 pgid=1 sid=1 -> (gone)" \
	"pstree.img: [pid=8] pgid 1 -> 2" \
	"pstree.img: pstree_entry[pid=10] (none) -> pid=10 ppid=0 pgid=1 sid=1"
image r/pstree.img $PSTREE "$(task 8 1)$(number 5 8)$(number 5 9)"
more r/pstree.img "$(task 1 1)"
more r/pstree.img "$(task 7 1)"
same l r "the order of entries does not count"
more r/pstree.img "$(task 2 1)"
differs l r "what is put in among them does" \
	"pstree.img: pstree_entry[pid=2] (none) -> pid=2 ppid=0 pgid=1 sid=1"
image l/pstree.img $PSTREE "$(task 1 1)$(number 5 1)$(number 5 2)"
image r/pstree.img $PSTREE "$(task 2 1)$(number 5 1)"
differs l r "the only entry of both is the same one" \
	"pstree.img: pid 1 -> 2" "pstree.img: threads 1, 2 -> 1"
image l/pstree.img $PSTREE "$(task 1 1)$(number 77 5)$(text 78 abc)"
image r/pstree.img $PSTREE "$(task 1 1)$(number 77 6)"
differs l r "fields of a newer CRIU" \
	"pstree.img: <77> 5 -> 6: not in the schema" \
	"pstree.img: <78> 3 bytes -> (gone): not in the schema"
rm [lr]/pstree.img
PAGEMAP=0x56084025
image l/pagemap-1.img $PAGEMAP "$(number 1 1)"
more l/pagemap-1.img "$(number 1 4096)$(number 2 1)"
image r/pagemap-1.img $PAGEMAP "$(number 1 2)"
more r/pagemap-1.img "$(number 1 8192)$(number 2 1)"
differs l r "the heads, and entries behind them" \
	"pagemap-1.img: [0] pages_id 1 -> 2" \
	"pagemap-1.img: pagemap_entry[vaddr=0x1000] vaddr=0x1000 nr_pages=1 -> (gone)" \
	"pagemap-1.img: pagemap_entry[vaddr=0x2000] (none) -> vaddr=0x2000 nr_pages=1"
rm [lr]/pagemap-1.img

# ---- entries that nothing tells apart but their place
QUEUES=0x56264026
packet() { echo "$(number 1 "$1")$(number 2 0)"; }
packets() { # FILE ID...
	file=$1
	image "$file" $QUEUES "$(packet "$2")"
	shift 2
	for id; do more "$file" "$(packet "$id")"; done
}
packets l/sk-queues.img 1 2 3 4
packets r/sk-queues.img 1 2 5 4
differs l r "the same number of entries" "sk-queues.img: [2] id_for 3 -> 5"
packets r/sk-queues.img 1 4 2 3 4
differs l r "one that was put in" \
	"sk-queues.img: sk_packet_entry[1] (none) -> id_for=4 length=0"
packets r/sk-queues.img 2 3 4
differs l r "one that was taken out" \
	"sk-queues.img: sk_packet_entry[0] id_for=1 length=0 -> (gone)"
data() { more "$1" "$(number 1 9)$(number 2 3)"; printf %s "$2" >>"$1"; } # FILE 3-BYTES
packets l/sk-queues.img 1
data l/sk-queues.img abc
packets r/sk-queues.img 1
data r/sk-queues.img abd
differs l r "the data behind an entry" \
	"sk-queues.img: [1] data 3 bytes -> 3 bytes: they differ from byte 2 on"
rm [lr]/sk-queues.img

# ---- JSON
image l/pstree.img $PSTREE "$(task 1 1)$(number 77 5)$(text 78 abc)"
image r/pstree.img $PSTREE "$(task 1 1)$(number 77 6)"
run diff --json l r
ended 3 "--json"
if command -v python3 >/dev/null; then
	is "$(python3 -c 'import json; d = json.load(open("out"))["differences"]; print(len(d), *d[0].values())')" \
		"2 pstree.img  <77> 5 6 not in the schema" "is JSON"
else
	skip "is JSON" "there is no python3"
fi
run diff --json a a
ended 0 "--json without differences"
says out '"differences": [' "is an object as well"
image l/pstree.img $PSTREE "$(task 1 1)"
image r/pstree.img $PSTREE "$(task 1 1)"
image l/utsns-1.img 0x54473203 "$(text 1 "$(printf 'a\033b\377')")$(text 2 d)"
image r/utsns-1.img 0x54473203 "$(text 1 b)$(text 2 d)"
differs l r "text that is none" 'utsns-1.img: nodename a\x1bb\xff -> b'
rm [lr]/utsns-1.img

# ---- errors: exit 1, by name
wrong() { # TEXT
	run diff l r
	ended 1 "$1"
	says err "criu-rewrite: $1" "is said"
}
head -c 18 r/pstree.img >short && mv short r/pstree.img
wrong "pstree.img: entry 0: "
same r r "what is the same need not be well-formed"
ln -sf "$work/l/pstree.img" r/pstree.img
wrong "pstree.img: cannot open a symbolic link"
rm r/pstree.img
mkfifo r/pstree.img
wrong "pstree.img: is not a regular file"
rm r/pstree.img
image r/pstree.img 0x12345678 00
wrong "pstree.img: "
run diff l none
ended 1 "a directory that is not there"
says err "none: No such file or directory" "is named"
run diff l
ended 2 "one directory"
# ---- a group that was moved
checkpoint still
echo 'cgroup_entry move "/ct" to "/pod"' >move
run apply -q --rules move -o moved still
run diff still moved
ended 3 "a group that was moved"
is "$(cat out)" "cgroup.img: sets[id=1].ctls[cpuset] path /ct -> /pod
cgroup.img: controllers[cpuset].dirs[ct] dir_name ct -> pod" "is spoken of by the fields that differ"
finish
