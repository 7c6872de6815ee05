#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# compress and decompress, on a checkpoint of CRIU 4.3: the images are those of crit 4.3, byte for byte, and CRIU restores what
# was unpacked. (This CRIU is built without LZ4: it refuses what is packed.) See ../compress.sh.
. /src/tests/criu/inner/lib.sh

# crit wants a Python module for LZ4; this is one over the same library.
mkdir -p /tmp/python/lz4
: >/tmp/python/lz4/__init__.py
cat >/tmp/python/lz4/block.py <<'END'
import ctypes
lz4 = ctypes.CDLL('liblz4.so.1')
def compress(data, mode, store_size, acceleration):
    room = lz4.LZ4_compressBound(len(data))
    out = ctypes.create_string_buffer(room)
    size = lz4.LZ4_compress_fast(data, out, len(data), room, acceleration)
    return out.raw[:size]
def decompress(data, uncompressed_size):
    out = ctypes.create_string_buffer(uncompressed_size)
    size = lz4.LZ4_decompress_safe(data, out, len(data), uncompressed_size)
    return out.raw[:size]
END
crit() { PYTHONPATH=/tmp/python python3 -m crit "$@"; }
run() { /share/criu-rewrite "$@"; }
same() { diff -r "$1" "$2"; }

unconfigure
install_plugin
tree groups "$group"
tree start "$tree" "$group"
ok "dump" dump
tree gone "$tree"
for copy in plain ours theirs; do cp -a "$images" "$work/$copy"; done
cd $work || exit
run compress ours >ours.said
is "$? $(tail -n 1 ours.said)" "0 Done" "compress"
crit compress theirs >theirs.said || cat theirs.said
ok "gives the images of crit, and its copies of the old ones" same theirs ours
is "$(sed 's/theirs/ours/' theirs.said)" "$(cat ours.said)" "and says the same"
ok "which are smaller" test "$(cat ours/pages-*.img | wc -c)" -lt "$(cat plain/pages-*.img | wc -c)"
run compress ours >said
is "$? $(cat said)" "0 Checkpoint in ours is already compressed" "once more is nothing"
not_ok_if "CRIU without LZ4 refuses it" restore -D $work/ours
run decompress ours >said 2>&1
is "$? $(grep -c 'ours/.*.bak: File exists; remove it, or say --in-place' said)" "1 1" "copies of the old images are not replaced"
rm ours/*.bak theirs/*.bak
run decompress --in-place ours >ours.said
crit decompress --in-place theirs >theirs.said || cat theirs.said
ok "decompress gives the images of crit" same theirs ours
is "$(sed 's/theirs/ours/' theirs.said)" "$(cat ours.said)" "and says the same"
ok "which are those that there were" diff -r -x inventory.img plain ours
ok "CRIU restores them" restore -D $work/ours
ok "the tree lives" tree check $tree
clean
# Blocks of several pages, which CRIU makes and crit does not; and what is damaged.
run decode -i plain/pagemap-"$(leader)".img >map.json
python3 - "$(leader)" <<'END'
import ctypes, json, os, struct, sys
sys.path.insert(0, '/tmp/python')
from lz4 import block
leader = sys.argv[1]
os.system('rm -rf blocks && cp -a plain blocks')
image = json.load(open('map.json'))
name = 'pages-%d.img' % image['entries'][0]['pages_id']
pages = open('plain/' + name, 'rb').read()
out, at = b'', 0
for entry in image['entries'][1:]:
    count = entry['nr_pages']
    sizes = []
    for first in range(0, count, 4):
        data = pages[at:at + min(4, count - first) * 4096]
        at += len(data)
        packed = block.compress(data, 'fast', False, 1)
        if not data.strip(b'\0'):
            packed = b''
        elif len(packed) >= len(data):
            packed = data
        out += packed
        sizes.append(len(packed))
    entry['blocks'] = {'block_sizes': sizes, 'total_payload_size': sum(sizes), 'pages_per_block': 4}
open('blocks/' + name, 'wb').write(out)
json.dump(image, open('map.json', 'w'))
END
run encode -i map.json -o blocks/pagemap-"$(leader)".img
run decode -i plain/inventory.img | sed 's/"img_version": 2/"img_version": 3/; s/"compress": 0/"compress": 1/' |
	sed '/"compress"/!s/}]}$/, "compress": 1, "compress_block_size": 16384}]}/' | run encode -o blocks/inventory.img
cp -a blocks damaged
run decompress --in-place blocks >said
is $? 0 "blocks of several pages"
ok "are the pages that there were" diff -r -x inventory.img plain blocks
truncate -s -1 damaged/pages-2.img damaged/pages-3.img damaged/pages-4.img damaged/pages-5.img
cp -a damaged before
run decompress damaged >said 2>&1
is "$? $(grep -c 'pagemap-.*: pages-[0-9]*.img: ' said)" "1 1" "pages that are cut off are refused by name"
ok "and nothing is changed" same before damaged
tap_end
