#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A name means what decode shows: nr_pages of pagemap_entry is field 2 up to CRIU 4.1, and field 5 since, beside which
# field 2 is compat_nr_pages.
. "$(dirname "$0")/lib"

mkdir before after other
head='{"magic": "PAGEMAP", "entries": [{"pages_id": 1}, {"vaddr": 4096, '
printf '%s"nr_pages": 3, "flags": 4}]}' "$head" | "$program" encode -o before/pagemap-1.img
printf '%s"compat_nr_pages": 0, "flags": 4, "nr_pages": 3}]}' "$head" | "$program" encode -o after/pagemap-1.img

for dir in before after; do
	run get $dir pagemap_entry.nr_pages
	is "$(cat out)" 3 "$dir: get"
	run get $dir 'pagemap_entry//nr_pages'
	is "$(cat out)" 3 "at any depth"
	run get $dir 'pagemap_entry[nr_pages == 3].flags'
	is "$(cat out)" PE_PRESENT "a condition"
	run get $dir 'pagemap_entry[nr_pages > 3].flags'
	silent out "that does not hold"
	echo 'pagemap_entry get nr_pages' >rules
	run plan --rules rules $dir
	is "$(head -n 1 out)" "pagemap-1.img: [vaddr=0x1000] = nr_pages=3" "get in a rule"
	for change in 'pagemap_entry[vaddr=4096] set nr_pages=77' 'pagemap_entry.nr_pages set .=77'; do
		echo "must $change" >rules
		run plan --rules rules $dir
		ended 1 "$change"
		says err "rules:1: pagemap-1.img: after this change it describes other pages" "is a change of the pages"
	done
	"$program" decode -i $dir/pagemap-1.img | sed 's/"nr_pages": 3/"nr_pages": 77/' | "$program" encode -o other/pagemap-1.img
	run diff $dir other
	is "$(cat out)" "pagemap-1.img: [vaddr=0x1000] nr_pages 3 -> 77" "diff"
	run get $dir pagemap_entry
	says out " nr_pages=3" "a message by its names"
done
says out "compat_nr_pages=0" "as decode has them"
run get after pagemap_entry.compat_nr_pages
is "$(cat out)" 0 "the old field by the name that it has now"
run get before pagemap_entry.compat_nr_pages
is "$(cat out)" 3 "which means it everywhere"
finish
