#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# encode takes the JSON of newer crits: of CRIU 4.2.1 and 4.3, over images that these have dumped. That of 4.1.1:
# test_crit.sh.
#   PROGRAM   the command to test
. "$(dirname "$0")/../cli/lib"

enter=$top/tests/lab/enter.sh
: >out
: >err
for root in sid experimental; do
	mkdir -p $root/images
	"$enter" --share "$work/$root" $root true 2>/dev/null || { echo "SKIP: no laboratory (tests/lab) to have $root in"; exit 77; }
	"$enter" --share "$work/$root" $root sh /src/tests/corpus/dump /share/checkpoints \
		threads signals files pipes unix cgroups container 2>&1 | sed 's/^/# /'
	# Raw images are no messages, or crit does not know them.
	for image in $root/checkpoints/*/*.img; do
		"$program" info "$image" >/dev/null 2>&1 || continue
		case ${image##*/} in
		ifaddr-* | route-* | route6-* | rule-* | netns-ct-* | netns-exp-* | *tables-*) continue ;;
		esac
		cp "$image" "$root/images/$(basename "${image%/*}")+${image##*/}"
	done
	"$enter" --share "$work/$root" $root python3 /src/tests/json/crit_text.py images crit
done

differ() { # ROOT FORM: which images do not come back
	for text in "$1"/crit/*."$2"; do
		image=$(basename "${text%."$2"}")
		# There crit is wrong, see doc/crit-differences.md.
		[ "${image#*ipcns-shm-}" = "$image" ] || ! grep -q '"in_pagemaps": true' "$text" || continue
		"$program" encode -i "$text" -o back.img 2>err || echo "$image: $(cat err)"
		cmp -s back.img "$1/images/$image" || echo "$image: other bytes"
	done
}
for root in sid experimental; do
	images=$(find $root/images -type f | wc -l)
	ok "$([ "$images" -ge 30 ] && echo true)" "$root has dumped images: $images"
	is "$(find $root/crit -name '*.plain' | wc -l)" "$images" "its crit decodes all of them"
	is "$(differ $root plain)" "" "encode of that gives the images back"
	is "$(differ $root pretty)" "" "and of what its --pretty prints"
done
finish
