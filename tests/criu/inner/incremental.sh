#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A series of checkpoints, of which each holds only the memory that changed since the one before and finds the rest by
# its link `parent`: restored from the last, rewritten, in both ways to show the images; and with --auto-dedup, which
# punches what was restored out of the series.
. /src/tests/criu/inner/lib.sh

if ! criu check --feature mem_dirty_track >/dev/null 2>&1; then
	skip "incremental checkpoints" "this kernel ($(uname -r)) does not track changed memory"
	tap_end
	exit
fi
all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
to_one="cgroup_entry.controllers[\"cpuset\" in cnames]//properties[name=\"cpuset.cpus\"] set value=$one"
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")
series=/share/series

install_plugin
unconfigure
tree groups "$group"
tree start "$tree" "$group"
mkdir -p $series/{1,2,3}
ok "pre-dump with the plugin" criu pre-dump -t "$(leader)" -D $series/1 -W $work -o pre1.log -v4 --track-mem
ok "pre-dump on top of it" criu pre-dump -t "$(leader)" -D $series/2 -W $work -o pre2.log -v4 --track-mem \
	--prev-images-dir ../1
ok "dump on top of that" criu dump -t "$(leader)" -D $series/3 -W $work -o dump.log -v4 --track-mem \
	--prev-images-dir ../2 --manage-cgroups
tree gone "$tree"
tree clean "$group"
is "$(readlink $series/3/parent)" ../2 "the checkpoint has a parent"
ok "and pages that are only there" grep -q . <(find $series/1 $series/2 -name 'pages-*.img' -size +0)

images=$series/3
for view in auto namespace; do
	configure "view $view" <<<"$to_one"
	ok "view $view: restore" restore
	ok "view $view: the tree lives, with the memory it had" tree check $tree
	is "$(cpus)" "$is_one" "view $view: with the new CPUs"
	clean
done

blocks() { find $series -name 'pages-*.img' -printf '%b\n' | awk '{ sum += $1 } END { print sum }'; }
for view in auto namespace; do
	rm -rf /share/copy
	cp -a $series /share/copy
	series=/share/copy images=/share/copy/3
	before=$(blocks)
	configure "view $view" <<<"$to_one"
	ok "view $view: restore with --auto-dedup" restore --auto-dedup
	ok "view $view: the tree lives, with the memory it had" tree check $tree
	is "$(cpus)" "$is_one" "view $view: with the new CPUs"
	ok "view $view: the pages on disk have shrunk (from $before blocks)" test "$(blocks)" -lt "$before"
	clean
	series=/share/series
done
tap_end
