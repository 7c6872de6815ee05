#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: matrix.sh MACHINE
# On one machine of the matrix (v2/4: cgroup v2 and 4 CPUs): makes the checkpoints that are to be made here, and restores
# those that are to be restored here, once with each set of rules. The rows are in /share/rows:
#   ROW SETUP FROM TO CHANGE DRIVER WORD...
# Leaves in /share/checkpoints/NAME what the others need, in /share/results/ROW the facts before the dump (want), those
# of each restore (RULES), and what CRIU and the runtime said (RULES.log).
. /src/tests/tap.sh
. /src/tests/runtimes/inner/record.sh
machine=$1
product=/share/install
library=/usr/lib/criu-rewrite/library
conf=/etc/criu/rewrite.conf

# The front stands before the runtimes where an installation is switched on: in PATH, as containerd's drop-in has it.
front=/run/crw-front
podman_dropin=/etc/containers/containers.conf.d/50-criu-rewrite.conf
export PATH=$front:$PATH

# --- the rules --------------------------------------------------------------------------
# use_rules stock|idle|default|dump|NAME
use_rules() {
	rm -f $front $podman_dropin $conf
	if [ "$1" = stock ]; then
		rm -f /usr/lib/criu/rewrite.so
		return
	fi
	[ -e /usr/lib/criu/rewrite.so ] || cp $product/usr/lib/criu/rewrite.so /usr/lib/criu/
	case $1 in
	idle) ln -s /dev/null $conf ;;
	default)
		ln -s /usr/libexec/criu-rewrite $front
		install -D -m 644 /usr/lib/criu-rewrite/dropins/podman.conf $podman_dropin
		;;
	dump) printf 'rules %s\n' $library/default.rules $library/v2-limits.rules >$conf ;;
	*) echo "rules $library/$1.rules" >$conf ;;
	esac
}
all_rules() { grep "|.*${machine%/*}" /src/tests/runtimes/sets | cut -d' ' -f1; }

# --- the group that runtimes are called from --------------------------------------------
make_caller() { # or sets it right again
	local h
	for h in $hierarchies; do
		mkdir -p "$top$h$caller"
		chown 1000:1000 "$top$h$caller"
		chmod 775 "$top$h$caller"
	done
	limit $caller memory 500M
	limit $caller pids 1000
	[ -n "$v2" ] || {
		cat $top/cpuset/cpuset.cpus >$top/cpuset$caller/cpuset.cpus
		cat $top/cpuset/cpuset.mems >$top/cpuset$caller/cpuset.mems
	}
}
# from_group GROUP COMMAND...
from_group() {
	local group=$1 h
	shift
	(
		for h in $hierarchies; do echo $BASHPID >"$top$h$group/cgroup.procs" || exit; done
		exec "$@"
	)
}
limited() { from_group "$called_from" timeout -k 5 "${limit:-90}" "$@" </dev/null; }

# --- for the drivers ----------------------------------------------------------------------
appears() { timeout 20 sh -c 'until [ -e "$1" ]; do sleep 0.1; done' sh "$1"; }
mkgroup() { # GROUP: with all CPUs
	local h
	for h in $hierarchies; do mkdir -p "$top$h$1"; done
	[ -n "$v2" ] || { cat $top/cpuset/cpuset.cpus >"$top/cpuset$1/cpuset.cpus" && cat $top/cpuset/cpuset.mems >"$top/cpuset$1/cpuset.mems"; }
}
limit() { # GROUP memory|pids VALUE
	case $v2:$2 in
	1:*) echo "$3" >"$top$1/$2.max" ;;
	:memory) echo "$3" >"$top/memory$1/memory.limit_in_bytes" ;;
	:pids) echo "$3" >"$top/pids$1/pids.max" ;;
	esac
}
put() { # PID GROUP
	local h
	for h in $hierarchies; do echo "$1" >"$top$h$2/cgroup.procs" || return; done
}
# The first task goes to a group of its own, the others to another.
into_groups() {
	local task
	mkgroup "$home/a" && mkgroup "$home/b" || return
	whole_tree "$leader"
	put "$leader" "$home/a" || return
	for task in "${tasks[@]:1}"; do put "$task" "$home/b" 2>/dev/null; done
	[ -z "$v2" ] || echo "+memory +pids" >"$top$home/cgroup.subtree_control" || return
	limit "$home/a" memory 100M && limit "$home/b" pids 30
}
# A task in the root has CRIU save every group of the machine.
among_strangers() {
	mkgroup $strangers && limit $strangers memory 64M && whole_tree "$leader" &&
		echo "${tasks[2]}" >$top/memory/cgroup.procs
}
# What the container of the setup may use; "": all that there is.
cpus_of_setup() {
	case $setup in
	pinned) echo "0-$((${from#*/} - 1))" ;;
	half) echo "0-$((${from#*/} / 2 - 1))" ;;
	absent) echo $((${from#*/} - 1)) ;;
	esac
}
# A task is bound to the second CPU, and a thread of another to the last, or where it has half of them the first. CRIU saves neither.
bind_some() {
	local threads last
	[ "$setup" != absent ] || return 0
	whole_tree "$leader"
	threads=(/proc/"${tasks[3]}"/task/*)
	if [ "$setup" = half ]; then last=0; else last=$((${from#*/} - 1)); fi
	taskset -p -c 1 "${tasks[2]}" >/dev/null && taskset -p -c $last "${threads[2]##*/}" >/dev/null
}
kill_trees() {
	local comm try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		for comm in /proc/[0-9]*/comm; do
			read -r REPLY 2>/dev/null <"$comm" || continue
			[ "$REPLY" != tree ] || { comm=${comm%/comm}; kill -9 "${comm#/proc/}" 2>/dev/null; }
		done
		running
		[ "$REPLY" != 0 ] || return 0
		sleep 0.2
	done
}
end_groups() { # GROUP...: what a failed restore leaves there, and the groups
	local group h try
	for group; do
		[ ! -e "$top$group/cgroup.kill" ] || echo 1 >"$top$group/cgroup.kill"
	done
	kill_trees
	for group; do
		for h in "$top" "$top"/*; do
			for try in 1 2 3 4 5 6 7 8 9 10; do
				[ -d "$h$group" ] || break
				find "$h$group" -depth -type d -exec rmdir {} + 2>/dev/null
				[ ! -d "$h$group" ] || sleep 0.2
			done
		done
	done
}

# Where the checkpoint of a row is, which several share.
kept_of() { kept=/share/checkpoints/${1%.*.*.*.*}.$2.${3/\//-}; } # ROW SETUP FROM

any_left() {
	local g h
	running
	[ "$REPLY" = 0 ] || return 0
	for g in $groups_made; do
		for h in "$top" "$top"/*; do [ ! -d "$h$g" ] || return 0; done
	done
	return 1
}

# --- one row ------------------------------------------------------------------------------
# answer: the tree answers; its first line is the number that it drew at its start
answer() {
	rm -f "$out/report"
	kill -USR1 "$leader" 2>/dev/null && appears "$out/report" && IFS= read -r REPLY <"$out/report"
}

prepare() { # ROW SETUP FROM TO CHANGE DRIVER WORD...
	row=$1 setup=$2 from=$3 to=$4 change=$5 driver=$6 leader=
	shift 6
	kept_of "$row" "$setup" "$from"
	results=/share/results/$row work=/share/work out=$kept/out images=$kept/images
	case $setup in groups | shared) groups="/a /b" ;; *) groups= ;; esac
	if [ "$change" = root ]; then called_from=/; else called_from=$caller; fi
	. /src/tests/runtimes/inner/"$driver".sh
	driver_init "$@"
}

dump() {
	rm -rf "$work"
	mkdir -p "$kept" "$out" "$work"
	start_container || return
	[ -z "$groups" ] || into_groups || return
	[ "$setup" != strangers ] || among_strangers || return
	bind_some || return
	answer || return
	echo "$REPLY" >"$kept/nonce"
	{
		echo "exit 0"
		# shellcheck disable=SC2086
		facts "$leader" "$home" "$out" $groups
		facts_of_caller
		[ "$setup" != strangers ] || echo "strangers none"
		echo "lives yes"
		echo "second 0"
		echo "left nothing"
	} >"$kept/want"
	checkpoint "$kept/images" || return
	remove_container
	[ "$setup" != strangers ] || end_groups $strangers
	running
	[ "$REPLY" = 0 ] || echo "$REPLY tasks are left after the dump"
}

# The facts before the dump, as they can be on this machine: who had none but the last CPU of more may use all, and of
# some runtimes nothing that they have restored can be checkpointed.
want() {
	local expressions=()
	[ "${from#*/}" = "${to#*/}" ] || expressions+=(-e "/^\\(affinity\\|cpus\\)/s/\\( all\\)\\? $((${from#*/} - 1))\$/ all/")
	[ -z "${second_fails-}" ] || expressions+=(-e "s/^second 0/second 1/")
	sed -e '' "${expressions[@]}" "$kept/want"
}

set_late() { grep '^\(memory\|pids\|cpus\|affinity\)' | sort; }
# Some of it is done after the runtime has ended (doc/runtimes.md), which the log says.
all_facts() {
	local try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		# shellcheck disable=SC2086
		facts "$leader" "$home" "$out" $groups >"$work/facts"
		grep -q "values of v2 that wait\|once more when the runtime has ended" "$results/$set.log" || break
		[ "$(set_late <"$work/facts")" != "$(want | set_late)" ] || break
		sleep 1
	done
	cat "$work/facts"
}

after_restore() { # STATUS: facts
	echo "exit $1"
	if [ "$1" = 0 ] && find_container; then
		if answer && [ "$REPLY" = "$(cat "$kept/nonce")" ]; then echo "lives yes"; else echo "lives no"; fi
		all_facts
		facts_of_caller
		[ "$setup" != strangers ] || echo "strangers $([ -d $top/memory$strangers ] && echo made || echo none)"
		rm -rf "$work/second"
		checkpoint "$work/second" >>"$results/$set.log" 2>&1
		echo "second $?"
	else
		facts_of_caller
	fi
	remove_container >/dev/null 2>&1
	running
	echo "left $([ "$REPLY" = 0 ] && echo nothing || echo "$REPLY tasks")"
}

# With the change "again", from a checkpoint of what was restored.
restored() {
	restore_container || return
	[ "$change" = again ] || return 0
	criu_log 2>/dev/null | grep -a "values of v2 that wait\|once more when the runtime has ended"
	find_container && all_facts >/dev/null && checkpoint "$work/again" || return
	remove_container
	images=$work/again
	restore_container
}

cell() { # RULES
	local set=$1 status=0
	use_rules "$set"
	make_caller
	rm -rf "$work"
	mkdir -p "$work"
	restored >"$results/$set.log" 2>&1 || status=$?
	cut -c1-300 "$results/$set.log" >"$work/said" && mv "$work/said" "$results/$set.log"
	criu_log 2>/dev/null | grep -a "Error\|rewrit" | cut -c1-300 >>"$results/$set.log"
	after_restore $status >"$results/$set" 2>>"$results/$set.log"
	any_left || return 0
	end_all >/dev/null 2>&1
	! any_left || echo "not all of it could be removed: tasks or groups are left" >>"$results/$set.log"
}

up() { cut -d' ' -f1 /proc/uptime; }
cp -a $product/usr $product/etc /
rules_for() { grep "^$1 " /share/rules | cut -d' ' -f2- | grep . || all_rules; } # ROW
make_caller
mkdir -p /share/results /share/checkpoints
while read -r row setup from to change words; do
	kept_of "$row" "$setup" "$from"
	[ "$from" = "$machine" ] && [ ! -e "$kept" ] || continue
	mkdir -p "$kept"
	use_rules dump
	# shellcheck disable=SC2086
	(set -u; prepare "$row" "$setup" "$from" "$from" - $words; dump; status=$?; end_all >/dev/null 2>&1; exit $status) \
		>"$kept/dump.log" 2>&1 || echo "$?" >"$kept/failed"
	if [ -e "$kept/failed" ]; then
		tap_line "not ok" "[$(up)] ${kept##*/}: checkpoint"
		{
			tail -n 8 "$kept/dump.log"
			find "$kept" /share/work -name dump.log -exec grep -ah 'Error' {} +
		} | cut -c1-300 | sed 's/^/# /'
	else
		tap_line ok "[$(up)] ${kept##*/}: checkpoint"
	fi
done </share/rows
while read -r row setup from to change words; do
	[ "$to" = "$machine" ] || continue
	kept_of "$row" "$setup" "$from"
	[ -e "$kept" ] && [ ! -e "$kept/failed" ] || continue
	mkdir -p "/share/results/$row"
	# shellcheck disable=SC2086
	(set -u; prepare "$row" "$setup" "$from" "$to" "$change" $words; want) >"/share/results/$row/want"
	for set in $(rules_for "$row"); do
		# shellcheck disable=SC2086
		(set -u; prepare "$row" "$setup" "$from" "$to" "$change" $words; cell "$set") 2>>"/share/results/$row/$set.log"
	done
	tap_line ok "[$(up)] $row: restored with each set of rules"
done </share/rows
tap_end
