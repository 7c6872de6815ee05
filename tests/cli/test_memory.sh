#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Memory does not grow with the number of entries: images of 2,000,000 entries (32 MB, which nobody may hold) under a
# limit that 1,000 would reach, too.
. "$(dirname "$0")/lib"
command -v python3 >/dev/null || { echo "SKIP: python3, which measures memory, is not installed"; exit 77; }
ENTRIES=2000000 LIMIT=32768 # KiB

# pagemap FILE FIRST COUNT [STEP]
pagemap() {
	awk -v first="$2" -v count="$3" -v step="${4-1}" 'BEGIN {
		printf "{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}"
		for (i = 0; i < count; i++)
			printf ", {\"vaddr\": %.0f, \"nr_pages\": 0, \"flags\": 4}", (first + step * i) * 8192
		print "]}"
	}' | "$program" encode -o "$1"
}

# small STATUS NAME ARGUMENT...: how the command ends, and that it stays below the limit.
small() {
	wanted=$1 name=$2
	shift 2
	python3 - "$program" "$@" >measured <<-'END'
		import resource, subprocess, sys
		with open("out", "w") as out, open("err", "w") as err:
		    status = subprocess.call(sys.argv[1:], stdout=out, stderr=err)
		print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	END
	read -r status peak <measured
	ended "$wanted" "$name"
	ok "$([ "$peak" -lt $LIMIT ] && echo true)" "$name: $peak KiB are below $LIMIT"
}

mkdir whole less new some back
pagemap some/pagemap-1.img 0 500000
pagemap back/pagemap-1.img 500000 500000 -1
pagemap whole/pagemap-1.img 0 $ENTRIES
pagemap less/pagemap-1.img 1 $((ENTRIES - 1))
echo 'pagemap_entry set flags=5' >set
printf '%s\n' 'pagemap_entry[0] delete' 'pagemap_entry[-1] set flags=6' 'pagemap_head set pages_id=2' >ends
echo 'pagemap_entry[flags == 4] delete' >delete

small 0 "get a value of each entry" get whole pagemap_entry.vaddr
is "$(wc -l <out)" $ENTRIES "all of them"
small 0 "get as JSON" get --json whole 'pagemap_entry[vaddr == 8192]'
is "$(python3 -c 'import json; print(len(json.load(open("out"))))')" 1 "one"
small 3 "plan a change of each entry" plan --rules set whole
small 3 "plan as JSON" plan --json --rules set whole
cat >ask <<'END'
require count(pagemap_entry.vaddr) == 2000000 and exists(pagemap_entry.vaddr) "count"
require max(pagemap_entry.vaddr) == 16383991808 and min(pagemap_entry.vaddr) == 0 "ends"
when 5 in pagemap_entry.flags { pagemap_entry delete }
END
small 0 "plan what asks of all entries" plan --rules ask whole
small 0 "explain it" explain --rules ask whole
small 0 "apply a change of each entry" apply --rules set -o new whole
small 1 "count what was changed: none is another" get new 'pagemap_entry[flags != 5]'
silent out "each was"
small 0 "apply in place" apply --in-place --rules ends new
small 0 "find the first of them" get new 'pagemap_entry[0].vaddr'
is "$(cat out)" 0x2000 "the one before is gone"
small 0 "find the last" get new 'pagemap_entry[-1].flags'
is "$(cat out)" "PE_LAZY | PE_PRESENT" "and it was changed"
small 3 "compare entries that differ" diff whole new
is "$(wc -l <out)" $((ENTRIES + 1)) "all of them do, and the head"
is "$(sed '1d; s/.*vaddr=0x\([0-9a-f]*\).*/\1/' out | awk '{ print length($0), $0 }' | LC_ALL=C sort -c -k 1,1n -k 2,2 2>&1)" "" \
	"in the order of the images"
small 3 "compare what has an entry less in front" diff whole less
is "$(wc -l <out)" 1 "that one is shown"
small 3 "compare what is in another order" diff some back
is "$(grep -cF -e "vaddr=0x0 " -e "vaddr=0xf4240000 " out) of $(wc -l <out)" "2 of 2" "the first and the last differ"
small 0 "apply a deletion of each entry" apply --in-place --rules delete whole
is "$(wc -c <whole/pagemap-1.img)" 14 "the head is left"
small 0 "decode" decode -i less/pagemap-1.img -o less.json
small 0 "encode" encode -i less.json -o less.img
ok "$(cmp -s less.img less/pagemap-1.img && echo true)" "and the same came back"
small 0 "info" info less/pagemap-1.img
small 0 "show a checkpoint" show less
# Numbers that refer to each other, more than are looked at in one go; the last thousand of them dangled before.
mkdir files
awk 'BEGIN {
	own = "\"fown\": {\"uid\": 0, \"euid\": 0, \"signum\": 0, \"pid_type\": 0, \"pid\": 0}"
	printf "{\"magic\": \"FILES\", \"entries\": ["
	for (i = 1; i <= 700000; i++)
		printf "%s{\"type\": \"REG\", \"id\": %d, \"reg\": {\"id\": %d, \"flags\": 0, \"pos\": 0, %s, \"name\": \"/\"}}",
			(i > 1 ? ", " : ""), i, i, own
	print "]}"
}' | "$program" encode -o files/files.img
awk 'BEGIN {
	printf "{\"magic\": \"FDINFO\", \"entries\": ["
	for (i = 1; i <= 701000; i++)
		printf "%s{\"id\": %d, \"flags\": 0, \"type\": \"REG\", \"fd\": %d}", (i > 1 ? ", " : ""), i, i
	print "]}"
}' | "$program" encode -o files/fdinfo-1.img
echo 'fdinfo_entry[fd=600000] set id=7' >there
echo 'fdinfo_entry[fd=600000] set id=800000' >nowhere
small 3 "a change of one of 700,000 ids" plan --rules there files
small 1 "a change to an id that is nowhere" plan --rules nowhere files
says err 'nowhere:1: after this change id of fdinfo-*.img is 800000, but files.img has no id 800000' "is found"
# Entries of nothing, of which a megabyte has 260,000.
mkdir groups
awk 'BEGIN { printf "{\"magic\": \"CGROUP\", \"entries\": [{}"; for (i = 1; i < 50000; i++) printf ", {}"; print "]}" }' |
	"$program" encode -o groups/cgroup.img
echo 'cgroup_entry move "/*" to "/x"' >move
small 0 "a verb for each entry" plan --quiet --rules move groups
# Fields that nobody knows, of which none stands beside another; names of controllers that are looked for in all sets.
mkdir unknown names parts
python3 - unknown/cgroup.img names/cgroup.img parts/cgroup.img <<'END'
import struct, sys

def message(field, body):
    size, length = len(body), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([field << 3 | 2]) + length + bytes([size]) + body

def image(file, entry):
    with open(file, "wb") as out:
        out.write(struct.pack("<III", 0x54564319, 0x59383330, len(entry)) + entry)

group = message(1, b"ct") + b"\x1a\x00\x28\x01" * 10000
image(sys.argv[1], message(2, message(1, b"cpu") + message(2, group)))
names = [b"%d" % i for i in range(256 * 64)]
controllers = [b"".join(message(1, name) for name in names[i::256]) for i in range(256)]
set = b"\x08\x01" + message(2, message(1, b"x") + message(2, b"/")) * 250
image(sys.argv[2], message(1, set) * 2 + b"".join(message(2, c) for c in controllers))
groups = b"".join(message(2, message(1, b"%d" % i)) for i in range(50))
parts = [message(1, b"x") + message(1, b"y%d" % i) + groups for i in range(100)]
image(sys.argv[3], b"".join(message(2, part) for part in parts + [message(1, b"z"), message(1, b"z")]))
END
echo 'cgroup_entry clear' >clear
echo 'cgroup_entry drop controller "*"' >drop
small 3 "a verb for 10,000 fields by turns" plan --quiet --rules clear unknown
small 1 "a verb for 16,384 names in 500 members" plan --quiet --rules drop names
says err 'cgroup.img: entry 0: too many controllers in too many sets' "is an error"
echo 'cgroup_entry regroup' >regroup
small 0 "a verb for 100 entries that have a name in common" plan --quiet --rules regroup parts
mv less checkpoint
tar -czf less.tar.gz checkpoint
small 3 "plan for an archive" plan --rules set less.tar.gz
finish
