#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# doc/crit-differences.md, row by row: what crit 4.1.1 makes of an image or of JSON, and what is made of it here. In the
# laboratory, for test_differences.sh.
. /src/tests/tap.sh
cd /tmp || exit
ours=/share/criu-rewrite

# row NAME CRIT [show [--nopl]] <JSON: the image comes back as it was from here, and crit says CRIT of it (a regular expression)
row() {
	local name=$1 says=$2 form
	shift 2
	$ours encode -o row.img || { ok "$name: is an image" false; return; }
	$ours decode -i row.img >row.json
	$ours encode -i row.json -o back.img
	ok "$name: comes back byte by byte" cmp back.img row.img
	form=$(crit ${1:-decode -i} row.img ${2-} 2>&1)
	ok "$name: crit says $says" grep -qE -e "$says" <<<"$form"
}
# returned NAME WANTED: what crit encodes of what it decoded (same, other or nothing)
returned() {
	local is=nothing
	rm -f crit.img
	crit decode -i row.img 2>/dev/null >crit.json && crit encode -i crit.json -o crit.img 2>crit.err &&
		{ cmp -s crit.img row.img && is=same || is=other; }
	is $is "$2" "$1: what comes back from crit"
}

row "an unknown field" '"domainname": "b"}' <<<'{"magic":"UTSNS","entries":[{"nodename":"a","domainname":"b","_unknown":"UAE="}]}'
returned "an unknown field" other
row "a text that is not UTF-8" "\"b'\\\\\\\\xff'\"" <<<'{"magic":"UTSNS","entries":[{"nodename":{"_bytes":"/w=="},"domainname":"b"}]}'
returned "a text that is not UTF-8" other
row "an unknown number of an enum" '"entries": \[{"id": 1}\]' <<<'{"magic":"FILES","entries":[{"type":99,"id":1}]}'
returned "an unknown number of an enum" nothing
row "fields in another order" '"nodename": "a", "domainname": "b"}' \
	<<<'{"magic":"UTSNS","entries":[{"nodename":"a","domainname":"b","_raw":"EgFiCgFh"}]}'
returned "fields in another order" other
shm='"desc":{"key":0,"uid":0,"gid":0,"cuid":0,"cgid":0,"mode":0,"id":1}'
row "ipcns-shm with in_pagemaps" '"extra": "FQAAAAoO' <<-END
	{"magic":"IPCNS_SHM","entries":[{$shm,"size":4096,"in_pagemaps":true},{$shm,"size":4096,"in_pagemaps":true}]}
END
row "ipcns-shm with content" '"extra": "AAAAAA==' <<<"{\"magic\":\"IPCNS_SHM\",\"entries\":[{$shm,\"size\":4,\"extra\":\"AAAAAA==\"}]}"
returned "ipcns-shm with content" nothing
ok "by a TypeError" grep -q "TypeError" crit.err
map='{"magic":"BPFMAP_DATA","entries":[{"map_id":1,"keys_bytes":4,"values_bytes":4,"count":1,"extra":"AAAAAAAAAAA="}]}'
row "bpfmap-data" '"extra": "AAAAAAAAAAA=' <<<"$map"
returned "bpfmap-data" nothing
ok "by a TypeError" grep -q "TypeError" crit.err
row "bpfmap-data without payload" 'AttributeError' show --nopl <<<"$map"
is "$($ours decode --nopl -i row.img | grep -o '"extra": .*"')" '"extra": "... <8B>"' "its size is shown here"
for magic in SIGNAL PIDFD BINFMT_MISC; do
	row "$magic" "No handler found" <<<"{\"magic\":\"$magic\",\"entries\":[]}"
done
tcp='{"inq_len":0,"inq_seq":0,"outq_len":0,"outq_seq":0,"opt_mask":0,"snd_wscale":0,"mss_clamp":0}'
row "tcp-stream of several entries without payload" inq_len show --nopl <<<"{\"magic\":\"TCP_STREAM\",\"entries\":[$tcp,$tcp]}"
is "$(crit show row.img --nopl | grep -c inq_len)" 1 "crit has lost one"
is "$($ours decode --nopl -i row.img | grep -o inq_len | wc -l)" 2 "both are shown here"
socket() { # ADDRESSES
	echo "{\"magic\":\"INETSK\",\"entries\":[{\"id\":1,\"ino\":1,\"family\":10,\"type\":1,\"proto\":6,\"state\":10,\"src_port\":1,\"dst_port\":0,
		\"flags\":0,\"backlog\":1,\"src_addr\":[$1],\"dst_addr\":[0],\"fown\":{\"uid\":0,\"euid\":0,\"signum\":0,\"pid_type\":0,\"pid\":0},
		\"opts\":{\"so_sndbuf\":1,\"so_rcvbuf\":1,\"so_snd_tmo_sec\":0,\"so_snd_tmo_usec\":0,\"so_rcv_tmo_sec\":0,\"so_rcv_tmo_usec\":0}}]}"
}
row "an address of two words" "IndexError" show < <(socket 1,2)
row "an address of five words" '"1:|"src_addr": \[' show < <(socket 1,2,3,4,5)
row "one magic word" '"nodename": "a"' <<<'{"magic":"UTSNS","_one_magic":true,"entries":[{"nodename":"a","domainname":"b"}]}'
returned "one magic word" other
$ours encode -o row.img <<<'{"magic":"UTSNS","entries":[{"nodename":"a","domainname":"b"}]}'
head -c 15 row.img >cut.img
is "$(crit decode -i cut.img)" '{"magic": "UTSNS", "entries": [{"nodename": "a"}]}' "an image that is cut off: crit shows an entry without a field"
is "$($ours decode -i cut.img 2>&1 >/dev/null | grep -c 'entry 0')" 1 "an error here, that names the entry"

# refused NAME TEXT <JSON: an error here; crit makes an image of it
refused() {
	cat >in.json
	rm -f in.img ours.img
	ok "$1: crit takes it" crit encode -i in.json -o in.img
	$ours encode -i in.json -o ours.img 2>err
	is $? 1 "$1: encode does not"
	ok "and says the line and the column" grep -qE "line [0-9]+, column [0-9]+: .*$2" err
	not_ok_if "$1: and writes nothing" test -e ours.img
}
refused "a member that the message does not have" "no field 'nodenam'" \
	<<<'{"magic":"UTSNS","entries":[{"nodename":"a","domainname":"b","nodenam":"c"}]}'
refused "a member that is given twice" "twice" <<<'{"magic":"UTSNS","entries":[{"nodename":"a","domainname":"b","nodename":"c"}]}'
refused "a number for a text" "text" <<<'{"magic":"UTSNS","entries":[{"nodename":5,"domainname":"b"}]}'
for value in '"x"' 7; do
	refused "$value for true or false" "number" <<<"{\"magic\":\"IPCNS_SHM\",\"entries\":[{$shm,\"size\":4,\"in_pagemaps\":$value}]}"
done
refused "no base64" "base64" \
	<<<'{"magic":"NETDEV","entries":[{"type":"VETH","ifindex":1,"mtu":1,"flags":"0x1","name":"a","address":"!!AAAA"}]}'
refused "a number that is not whole" "number" <<<'{"magic":"FDINFO","entries":[{"id":1.5,"flags":0,"type":"REG","fd":3}]}'

# taken NAME <JSON: an image here; crit fails
taken() {
	cat >in.json
	not_ok_if "$1: crit fails" crit encode -i in.json -o in.img
	ok "$1: encode takes it" $ours encode -i in.json -o ours.img
}
taken "a number for an enum" <<<'{"magic":"NETDEV","entries":[{"type":1,"ifindex":1,"mtu":1,"flags":1,"name":"a"}]}'
taken "an empty list" < <(socket '')
ok "members in another order, numbers in quotes, 1e3 and 7.0" $ours encode -o ours.img \
	<<<'{"entries":[{"fd":3,"type":"REG","flags":7.0,"id":"3"},{"fd":"4","type":"REG","flags":0,"id":1e3}],"magic":"FDINFO"}'
tap_end
