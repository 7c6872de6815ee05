#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# compress and decompress on made images; tests/criu/compress.sh compares them with crit 4.3 on real ones.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

if [ "$(getconf PAGESIZE)" != 4096 ]; then
	echo "SKIP: the images are for pages of 4096 bytes"
	exit 77
fi
checkpoint dump
rm dump/stats-dump
printf '{"magic": "INVENTORY", "entries": [{"img_version": 2, "fdinfo_per_id": true, "compress": 0}]}' |
	"$program" encode -o dump/inventory.img
printf '{"magic": "PAGEMAP", "entries": [{"pages_id": 1}, {"vaddr": 4096, "compat_nr_pages": 3, "flags": 4, "nr_pages": 3},
	{"vaddr": 65536, "compat_nr_pages": 1, "flags": 1, "nr_pages": 1},
	{"vaddr": 131072, "compat_nr_pages": 1, "flags": 4, "nr_pages": 1}]}' | "$program" encode -o dump/pagemap-1.img
{
	head -c 4096 /dev/zero
	yes | head -c 4096
	awk 'BEGIN { srand(1); for (i = 0; i < 2048; i++) printf "%c%c", 33 + 90 * rand(), 33 + 90 * rand() }'
	awk 'BEGIN { srand(2); for (i = 0; i < 2048; i++) printf "%c%c", 33 + 90 * rand(), 33 + 90 * rand() }'
} | LC_ALL=C head -c 16384 >dump/pages-1.img
cp -r dump plain
run compress dump
if [ "$status" = 1 ] && grep -q liblz4 err; then
	echo "SKIP: $(cat err)"
	exit 77
fi
ended 0 "compress"
is "$(sed -n '1p;$p' out | tr '\n' ' ')" "Compressing checkpoint in dump Done " "says what it did"
run get dump pagemap_entry.blocks.block_sizes
ok "$(sed -n 1p out | grep -qx 0 && echo true)" "zeros take no room"
ok "$([ "$(sed -n 2p out)" -lt 100 ] && echo true)" "what is always the same takes little"
run get dump inventory_entry.img_version
is "$(cat out)" 3 "the version is that of CRIU 4.3"
is "$(cat dump/*.bak | cksum)" "$(cat plain/inventory.img plain/pagemap-1.img plain/pages-1.img | cksum)" "the old images stay"
run compress dump
is "$(cat out)" "Checkpoint in dump is already compressed" "once more"
run decompress dump
ended 1 "old images that are there"
is "$(cat err)" "criu-rewrite: dump/inventory.img.bak: File exists; remove it, or say --in-place for no backups" "are not replaced"
rm dump/*.bak
cp -r dump packed
run decompress --in-place dump
ended 0 "decompress"
is "$(cat out)" "Decompressing checkpoint in dump
  pagemap-1.img: 4 pages ($(($(wc -c <packed/pages-1.img) / 1024))K -> 16K)
Done" "says what it did"
for image in pagemap-1 pages-1; do
	ok "$(cmp -s dump/$image.img plain/$image.img && echo true)" "$image.img is what it was"
done
run get dump inventory_entry.img_version
is "$(cat out)" 3 "the version stays where pages are in the checkpoint before, as with crit"
is "$(find dump -name '*.bak')" "" "--in-place leaves no old images"

# ---- where it is may not drive a terminal
cp -r plain "$(printf 'o\033dd')"
for how in compress compress "decompress --in-place"; do
	# shellcheck disable=SC2086
	run $how "$(printf 'o\033dd')"
	says out 'heckpoint in o\x1bdd' "a name with a control character is shown"
done

# ---- what is wrong with it
refused() { # TEXT
	cp -r packed before
	run decompress packed
	ended 1 "$1"
	is "$(cat err)" "criu-rewrite: $1" "says so"
	ok "$(diff -r before packed >/dev/null && echo true)" "and changes nothing"
	rm -r packed before
	cp -r kept packed
}
cp -r packed kept
truncate -s -1 packed/pages-1.img
refused "pagemap-1.img: pages-1.img: ends in the middle of a page"
echo more >>packed/pages-1.img
refused "pagemap-1.img: pages-1.img: has more bytes than its pagemap says"
rm packed/pages-1.img
refused "pagemap-1.img: there is no pages-1.img, or another has it"
cp packed/pagemap-1.img packed/pagemap-2.img
refused "pagemap-2.img: there is no pages-1.img, or another has it"
"$program" decode -i packed/pagemap-1.img | sed 's/"pages_per_block": 1/"pages_per_block": 9999/' | "$program" encode -o packed/pagemap-1.img
refused "pagemap-1.img: pages-1.img: blocks of 9999 pages"
"$program" decode -i packed/pagemap-1.img | sed 's/"nr_pages": 3/"nr_pages": 2/' | "$program" encode -o packed/pagemap-1.img
refused "pagemap-1.img: pages-1.img: more blocks than pages"
"$program" decode -i packed/pagemap-1.img | sed 's/"nr_pages": 3/"nr_pages": 999999999999/' | "$program" encode -o packed/pagemap-1.img
refused "pagemap-1.img: pages-1.img: its pages have no room on this filesystem"
"$program" decode -i packed/pagemap-1.img | sed 's/"nr_pages": 3/"nr_pages": 4/' | "$program" encode -o packed/pagemap-1.img
refused "pagemap-1.img: pages-1.img: fewer blocks than pages"
"$program" decode -i packed/pagemap-1.img | sed 's/"block_sizes": \[0, [0-9]*,/"block_sizes": [0, 5000,/' |
	"$program" encode -o packed/pagemap-1.img
refused "pagemap-1.img: pages-1.img: a block is larger than its pages"
printf xxxxx | dd of=packed/pages-1.img bs=1 conv=notrunc 2>/dev/null
refused "pagemap-1.img: pages-1.img: a block is damaged"
"$program" decode -i packed/inventory.img | sed 's/"compress": 1/"compress": 2/' | "$program" encode -o packed/inventory.img
refused "inventory.img: pages are compressed in a way that is not known here"
"$program" decode -i packed/inventory.img | sed 's/"img_version": 3/"img_version": 9/' | "$program" encode -o packed/inventory.img
refused "inventory.img: images of version 9 are not known here"
for acceleration in 0 65538 fast; do
	run compress --acceleration "$acceleration" plain
	ended 2 "--acceleration '$acceleration'"
	says err "--acceleration '$acceleration' is not a number from 1 to 65537" "is refused"
done
run compress --acceleration '' plain
ended 2 "--acceleration ''"
says err "'--acceleration' is given nothing; it needs N" "is refused"
finish
