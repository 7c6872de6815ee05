# SPDX-License-Identifier: GPL-2.0-only
# For matrix.sh, sourced: what can be told of a container from outside, one fact a line, KEY VALUE. Groups are said relative
# to the container's own ("+", "+/a"), so that the facts of two containers, hosts and versions of cgroups compare.
# A process costs an emulated machine 50 ms: this starts next to none.
# shellcheck shell=bash
top=/sys/fs/cgroup
caller=/crw-caller
strangers=/crw-strangers
if [ -e $top/cgroup.controllers ]; then v2=1 hierarchies=/; else v2='' hierarchies="/memory /pids /cpuset"; fi
[ -z "$v2" ] || cpus_here=$(cat $top/cpuset.cpus.effective)
cpus_here=${cpus_here-$(cat $top/cpuset/cpuset.cpus)}

# relative GROUP HOME: into $REPLY
relative() {
	case $1 in
	"$2" | "$2"/*) REPLY=+${1#"$2"} ;;
	$caller | $caller/*) REPLY=caller${1#"$caller"} ;;
	*) REPLY=$1 ;;
	esac
}

# The groups that a task is in, each once: group_of PID HOME
group_of() {
	local line name seen=
	while IFS= read -r line; do
		name=${line#*:}
		name=${name%%:*}
		case $v2:$name in 1: | :memory | :pids | :cpuset) ;; *) continue ;; esac
		relative "${line#*:*:}" "$2"
		case " $seen " in *" $REPLY "*) ;; *) seen="${seen:+$seen }$REPLY" ;; esac
	done <"/proc/$1/cgroup"
	REPLY=$seen
}

# The namespaces of PID that are not this script's.
namespaces_of() {
	local name own=
	for name in cgroup ipc mnt net pid uts; do
		[ "/proc/$1/ns/$name" -ef "/proc/self/ns/$name" ] || own="${own:+$own }$name"
	done
	REPLY=${own:-none}
}

# status_of PID NAME: into $REPLY. The file is read at once, since its lines change in length between two reads.
status_of() {
	local status
	status=$(<"/proc/$1/status") 2>/dev/null || status=
	REPLY=${status#*"$2":}
	[ "$REPLY" != "$status" ] || REPLY=
	REPLY=${REPLY%%$'\n'*}
	REPLY=${REPLY##*[$' \t']}
}

# The CPUs of a task's threads, each set once, all of them first: affinity_of PID
affinity_of() {
	local thread seen=
	for thread in /proc/"$1"/task/*; do
		status_of "$1/task/${thread##*/}" Cpus_allowed_list
		[ "$REPLY" != "$cpus_here" ] || REPLY=all
		case " $seen " in *" $REPLY "*) continue ;; esac
		if [ "$REPLY" = all ]; then seen="all${seen:+ $seen}"; else seen="${seen:+$seen }$REPLY"; fi
	done
	REPLY=$seen
}

descendants() { # PID: itself first, into the array tasks
	local kid kids
	tasks+=("$1")
	kids=$(<"/proc/$1/task/$1/children") || return
	for kid in $kids; do descendants "$kid"; done
}

# The kernel may leave a child out of its list, so the tree is asked until it is whole: a leader, three others, a zombie.
whole_tree() { # PID
	local try
	for try in 1 2 3 4 5 6; do
		tasks=()
		descendants "$1"
		[ ${#tasks[@]} -lt 5 ] || return 0
	done
}

value() { # FILE WITHOUT-IT: into $REPLY; no limit is said in one way
	REPLY=$2
	[ ! -e "$1" ] || read -r REPLY <"$1" || REPLY=
	case $REPLY in 9223372036854771712) REPLY=max ;; "$cpus_here") REPLY=all ;; esac
}

limits_of() { # GROUP NAME
	local memory=$top$1 pids=$top$1 cpus=$top$1/cpuset.cpus.effective
	if [ -z "$v2" ]; then memory=$top/memory$1 pids=$top/pids$1 cpus=$top/cpuset$1/cpuset.cpus; fi
	if [ ! -d "$memory" ] || [ "$1" = $caller ]; then
		REPLY="no group"
		[ "$1" != $caller ] || REPLY="the caller's"
		printf '%s\n' "memory$2 $REPLY" "pids$2 $REPLY" "cpus$2 $REPLY"
		return
	fi
	value "$memory/memory.max" max
	[ -n "$v2" ] || value "$memory/memory.limit_in_bytes" max
	printf 'memory%s %s\n' "$2" "$REPLY"
	value "$pids/pids.max" max
	printf 'pids%s %s\n' "$2" "$REPLY"
	value "$cpus" all
	printf 'cpus%s %s\n' "$2" "$REPLY"
}

# The group that the runtime was called from: limits, owner and mode.
facts_of_caller() {
	local memory=$top$caller/memory.max pids=$top$caller/pids.max limits
	if [ -z "$v2" ]; then memory=$top/memory$caller/memory.limit_in_bytes pids=$top/pids$caller/pids.max; fi
	value "$memory" none
	limits=$REPLY
	value "$pids" none
	echo "caller $limits $REPLY $(stat -c '%u:%g %a' "${memory%/*}")"
}

# facts LEADER HOME OUT SUB-GROUP...: OUT is where the tree wrote its pids
facts() {
	local leader=$1 home=$2 out=$3 name pid task group
	local -A names=()
	shift 3
	while read -r name pid; do names[$pid]=$name; done <"$out/pids"
	whole_tree "$leader"
	for task in "${tasks[@]}"; do
		status_of "$task" NSpid # as the task itself knows it
		name=${names[${REPLY:-none}]-}
		[ -n "$name" ] || continue
		affinity_of "$task"
		echo "affinity.$name $REPLY"
		group_of "$task" "$home"
		echo "group.$name $REPLY"
		namespaces_of "$task"
		echo "namespaces.$name $REPLY"
	done
	for group in "" "$@"; do limits_of "$home$group" "+$group"; done
}

# How many tasks of the tree there are on this machine, wherever they come from.
running() {
	local comm n=0
	for comm in /proc/[0-9]*/comm; do
		read -r REPLY 2>/dev/null <"$comm" || continue
		[ "$REPLY" != tree ] || n=$((n + 1))
	done
	REPLY=$n
}
