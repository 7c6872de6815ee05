#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# decode, encode, info and x: where they read from and write to, and what they leave when they fail.
. "$(dirname "$0")/../cli/lib"

same() { if cmp -s "$1" "$2"; then ok true "$3"; else ok false "$3"; fi; }

# A pipe with "hi" in it.
printf '\031\103\126\124\011\067\105\126\004\000\000\000\010\001\020\002hi' >pipe.img
json='{"magic": "PIPES_DATA", "entries": [{"pipe_id": 1, "bytes": 2, "extra": "aGk=\n"}]}'

run decode -i pipe.img
ended 0 "decode of a file"
is "$(cat out)" "$json" "prints it"
is "$(wc -l <out)" 1 "with the end of the line"
"$program" decode <pipe.img >piped
same piped out "the same from standard input"
cat pipe.img | "$program" decode >piped
same piped out "and from a pipe"
run decode --in=pipe.img --out=pipe.json
ended 0 "decode into a file"
is "$(wc -l <pipe.json)" 0 "as crit does without the end of the line"
is "$(cat pipe.json)" "$json" "writes it"
run show --nopl pipe.img
says out '"extra": "... <2B>"' "show --nopl gives the size"
run show pipe.img
says out '"extra": "aGk=\n"' "show the data"
run info pipe.img
is "$(cat out)" '{
    "magic": "PIPES_DATA",
    "count": 1
}' "info is JSON, too"

# ---- back
run encode -i pipe.json -o back.img
ended 0 "encode"
same back.img pipe.img "gives the image"
cat pipe.json | "$program" encode >back.img
same back.img pipe.img "also through pipes"
sorted='{"entries": [{"bytes": 2, "extra": "aGk=", "pipe_id": 1}], "magic": "PIPES_DATA"}'
printf '%s' "$sorted" | "$program" encode >back.img 2>err
same back.img pipe.img "sorted JSON through a pipe"
{ printf '%s' '{"entries": ['; sleep 0.2; printf '%s' "${sorted#*\[}"; } | "$program" encode >back.img 2>err
same back.img pipe.img "and in two portions"

# ---- an image that gets shorter while it is decoded
printf '\004\000\000\000\010\001\020\002hi' >entries
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	cat entries entries >more
	mv more entries
done
{ head -c 8 pipe.img; cat entries; } >big.img
"$program" decode -i big.img -o big.json
mkfifo shrinking
"$program" decode -i big.img -o shrinking &
{ dd bs=1 count=1 2>/dev/null; : >big.img; cat; } <shrinking >shrunk.json
wait $!
is $? 0 "an image is cut off while it is decoded"
same shrunk.json big.json "all of it is decoded"
rm -f shrinking big.json shrunk.json entries

# ---- what is not to be touched
cp pipe.img kept.img
chmod 600 kept.img
run encode -i pipe.img -o kept.img
ended 1 "encode of an image"
same kept.img pipe.img "leaves the file"
says err "is it an image?" "and asks"
printf '%s' '{"magic": "PIPES_DATA", "entries": [{"pipe_id": 1, "bytes": 3, "extra": "aGk="}]}' >lies.json
run encode -i lies.json -o kept.img
ended 1 "encode of data that is too short"
says err "entry 0" "names the entry"
same kept.img pipe.img "leaves the file"
"$program" decode --nopl -i pipe.img -o short.json
run encode -i short.json -o kept.img
ended 1 "encode of what --nopl wrote"
same kept.img pipe.img "leaves the file"
run encode -i pipe.json -o kept.img
is "$(stat -c %a kept.img)" 600 "a file that is replaced keeps its mode"
ln -s kept.img link.img
run encode -i pipe.json -o link.img
is "$(readlink link.img)" kept.img "a link stays one"
same kept.img pipe.img "the file behind it is written"
run decode -i pipe.img -o /dev/null
ended 0 "decode into a device"
[ -c /dev/null ] && ok true "which stays one" || ok false "which stays one"
mkfifo fifo
cat fifo >through &
run decode -i pipe.img -o fifo
wait $!
same through pipe.json "a pipe with a name is written to"
run decode -i pipe.img -o no/such/file
ended 1 "decode to nowhere"
is "$(find . -name '.*.criu-rewrite.*')" "" "no temporary file is left"

# ---- what is no image
: >empty.img
run decode -i empty.img
ended 1 "an empty file"
is "$(cat err)" "criu-rewrite: empty.img: cut off: the magic takes 4 bytes but only 0 are left" "is cut off"
head -c 14 pipe.img >cut.img
run decode -i cut.img -o cut.json
ended 1 "an image that is cut off"
is "$([ -e cut.json ] && echo there)" "" "gives no JSON"
run info cut.img
ended 1 "nor a count"
run decode -i .
ended 1 "a directory"
run x . ps
ended 1 "x without a checkpoint"
is "$(cat err)" "criu-rewrite: there is no pstree.img" "says so"
run x . pss
ended 2 "x of something else"
run x .
ended 2 "x of nothing"
finish
