#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# show: an image as JSON, and the list of a directory; decode and encode.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

checkpoint dump
run show dump
ended 0 "show of a directory"
is "$(sed 's/ \{1,\}/ /g' out)" "image magic entries bytes
cgroup.img CGROUP 1 $(wc -c <dump/cgroup.img)
core-1.img CORE 1 $(wc -c <dump/core-1.img)
inventory.img INVENTORY 1 $(wc -c <dump/inventory.img)" "lists its images"
run show --json dump
says out '"magic": "CGROUP"' "--json lists them, too"

run show dump/cgroup.img
ended 0 "show of an image"
says out '"magic": "CGROUP"' "names its kind"
says out 'cpuset.cpus' "and what is in it"

printf 'no image at all' >dump/bad.img
mkfifo dump/fifo.img
: >dump/pages-1.img
run show dump
ended 1 "images that are none"
says err "criu-rewrite: bad.img: " "are named"
says err "criu-rewrite: fifo.img: is not a regular file" "each of them"
says out "inventory.img" "and the others are shown"
rm dump/bad.img dump/fifo.img
printf '\042\022\066\107' >dump/ifaddr-9.img
for kind in nftables tmpfs-dev; do printf 12345 >dump/$kind-9.img; done
mv dump/tmpfs-dev-9.img dump/tmpfs-dev-9.tar.gz.img
run show dump
ended 0 "show of a directory with raw images"
is "$(sed 's/ \{1,\}/ /g' out | grep -e ' raw ' -e '-9.img')" "ifaddr-9.img IFADDR 0 4
nftables-9.img NFTABLES 1 5
pages-1.img pages raw 0
tmpfs-dev-9.tar.gz.img tmpfs_dev raw 5" "lists them with kind and size"
run show --json dump
is "$(tr -d ' \n' <out | grep -o '{"name":"tmpfs-dev-9[^}]*}')" \
	'{"name":"tmpfs-dev-9.tar.gz.img","kind":"tmpfs_dev","magic":null,"entries":null,"bytes":5}' "and so does --json"
rm dump/*-9.* dump/pages-1.img
printf 'no image at all' >dump/bad.img
run show dump/bad.img
ended 1 "an image that is none"
says err "criu-rewrite: dump/bad.img: " "is named"
run show nothing
ended 1 "an image that is not there"
is "$(cat err)" "criu-rewrite: nothing: No such file or directory" "is named"
status=0
"$program" show dump/cgroup.img >/dev/full 2>err || status=$?
ended 1 "a full disk"
is "$(wc -l <err)" 1 "is one complaint"
says err "cannot write to standard output: No space left on device" "that says so"

# ---- decode and encode
same() { if cmp -s "$1" "$2"; then ok true "$3"; else ok false "$3"; fi; }
for image in cgroup core-1 inventory; do
	run decode -i dump/$image.img -o $image.json
	ended 0 "decode of $image"
	run encode -i $image.json -o $image.img
	ended 0 "encode of $image"
	same $image.img dump/$image.img "gives the same image"
	run decode --pretty --quote-big -i dump/$image.img -o $image.json
	run encode -i $image.json -o $image.img
	same $image.img dump/$image.img "and so it does by way of --pretty"
done
"$program" decode <dump/core-1.img 2>err | "$program" encode >piped.img 2>>err
same piped.img dump/core-1.img "through pipes"
is "$(stat -c %a core-1.img)" 644 "new files have the usual mode"
{ echo before; "$program" decode -o /dev/stdout -i core-1.img; echo after; } >file 2>err
is "$(sed -n '1p;$p' file | paste -sd ' ')" "before after" "a standard output that is a file is not replaced"
is "$(sed -n 2p file)" "$("$program" decode -i core-1.img)" "but written to"

# ---- a FIFO, whose writer comes when it has been said that it is waited for
mkfifo fifo
"$program" decode -i fifo >out 2>err &
reader=$!
until grep -q "into it$" err; do kill -0 $reader || break; sleep 0.05; done
is "$(cat err)" "criu-rewrite: note: fifo: is a FIFO; waiting for a program that writes into it" "a FIFO without a writer"
cat core-1.img >fifo
status=0
wait $reader || status=$?
ended 0 "its image is decoded"
is "$(cat out)" "$("$program" decode -i core-1.img)" "as any other"

# ---- and one whose reader does
"$program" decode -i core-1.img -o fifo 2>err &
writer=$!
until grep -q "reads it$" err; do kill -0 $writer || break; sleep 0.05; done
is "$(cat err)" "criu-rewrite: note: fifo: is a FIFO; waiting for a program that reads it" "a FIFO that nobody reads"
cat fifo >out
status=0
wait $writer || status=$?
ended 0 "what is in it"
is "$(cat out)" "$("$program" decode -i core-1.img)" "is the image decoded"
ok "$([ -p fifo ] && echo true)" "and it is a FIFO still"

cp core-1.img before.img
run encode -i dump/bad.img -o core-1.img
ended 1 "encode of no JSON"
says err "criu-rewrite: dump/bad.img: " "is an error"
same core-1.img before.img "the old file stays"
run decode -i dump/bad.img
ended 1 "decode of no image"
run decode -i nothing
ended 1 "decode of nothing"
is "$(cat err)" "criu-rewrite: nothing: No such file or directory" "says so"
run decode -i dump/core-1.img -o no/where
ended 1 "decode to nowhere"
is "$(cat err)" "criu-rewrite: no/where: No such file or directory" "says so"
status=0
"$program" encode -i cgroup.json >/dev/full 2>err || status=$?
ended 1 "encode to a full disk"
is "$(cat err)" "criu-rewrite: cannot write to standard output: No space left on device" "says so"
is "$(find . -name '*.??????' -newer before.img)" "" "no temporary file is left"

"$program" encode -o route-9.img <<-'END'
	{ "magic": "ROUTE", "entries": [ { "rtm_dst_len": 24, "dst": ["10.0.0.0"], "oif": 3 } ] }
END
run decode -i route-9.img
says out '"dst": ["10.0.0.0"], "oif": 3' "the words of an address are one, in a raw image on one line, too"
finish
