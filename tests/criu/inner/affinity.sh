#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: affinity.sh [dump]
# The tree with a thread pinned to CPU 3 and a process to 0-1: restored here; with `dump` it is started and dumped before.
. /src/tests/criu/inner/lib.sh

rules='when stage == "dump" { core_entry capture affinity }
core_entry affinity'
cpus() { sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$1/status"; }
child() { sed -n 's/^child //p' $tree/pids; }
thread() { cat /share/thread; }
masks() { echo "$(cpus "$(leader)") $(cpus "$(thread)") $(cpus "$(child)")"; }

start() {
	tree start $tree || return
	ls "/proc/$(sed -n 's/^threaded //p' $tree/pids)/task" | tail -n 1 >/share/thread
	taskset -pc 3 "$(thread)" >/dev/null && taskset -pc 0-1 "$(child)" >/dev/null || return
	rm -f $tree/report
	kill -USR1 "$(leader)"
	until [ -e $tree/report ]; do sleep 0.05; done
	mv $tree/report $tree/report.start
}

install_plugin
configure <<<"$rules"
all=$(cpus $$)
if [ "${1-}" = dump ]; then
	ok "the tree runs" start
	is "$(masks)" "$all 3 0-1" "a thread is pinned to one CPU, a process to two"
	ok "dump" dump || grep Error $work/dump.log
	tree gone $tree
	ok "says which were recorded" grep "rewrite: rewrite-affinity.img: $(thread) (none) -> 3" $work/dump.log
fi

remove_plugin
ok "stock CRIU restores" restore
is "$(masks)" "$all $all $all" "and every thread may use every CPU"
tree stop $tree

install_plugin
ok "restore with the masks" restore
if [ "$all" = 0-3 ]; then
	is "$(masks)" "0-3 3 0-1" "each is what it was"
else
	is "$(masks)" "0-1 0-1 0-1" "of what is here"
	ok "the log says what is not" grep "rewrite: core-$(thread).img: affinity 3 -> (all of its group)" $log
fi
ok "the tree lives" tree check $tree
tree stop $tree

configure <<<"$rules by rank"
ok "restore by rank" restore
if [ "$all" = 0-3 ]; then want=3; else want=1; fi
is "$(masks)" "$all $want 0-1" "the fourth CPU is the fourth, or the second of two"
tree stop $tree

# criu's own mask is nobody else's.
ok "a criu that is pinned itself" taskset -c 0 criu restore -d -D $images -W $work -o restore.log -v4 --manage-cgroups
is "$(masks)" "$all $want 0-1" "does not pin the threads"
tree stop $tree
tap_end
