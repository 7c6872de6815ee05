#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A plan for another host: from its saved facts the same as on the host itself, and
# nothing of this one in it.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

put() { # FILE TEXT
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1"
}

host() { # DIR CPUS KERNEL
	put "$1/sys/devices/system/cpu/online" "$2"
	put "$1/sys/devices/system/cpu/possible" "$2"
	put "$1/sys/devices/system/node/online" 0
	put "$1/proc/sys/kernel/osrelease" "$3"
	put "$1/proc/sys/kernel/hostname" "${1##*/}"
	put "$1/proc/sys/kernel/pid_max" 32768
	put "$1/proc/meminfo" "MemTotal: 2048 kB"
	put "$1/sys/class/net/eth0/address" 00:00:00:00:00:00
}

# Four CPUs, cgroup v2 alone, with few controllers.
host v2 4-7 6.12.1
put v2/proc/self/cgroup 0::/user.slice
put v2/proc/self/mountinfo "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
put v2/sys/fs/cgroup/cgroup.controllers "cpuset cpu memory"
put v2/sys/fs/cgroup/cgroup.subtree_control "cpuset cpu memory pids"
put v2/sys/fs/cgroup/cpuset.cpus.effective 4-7
put v2/sys/fs/cgroup/cpuset.mems.effective 0
for file in cpuset.cpus cpuset.mems cpu.weight cpu.max memory.max memory.current cgroup.events; do
	put "v2/sys/fs/cgroup/user.slice/$file" ""
done
put v2/sys/fs/cgroup/user.slice/cpuset.cpus.effective 4-7
put v2/sys/fs/cgroup/user.slice/cpuset.mems.effective 0

# Two CPUs, cgroup v1, with two controllers in one hierarchy.
host v1 0-1 5.10.0
put v1/proc/self/cgroup "3:cpu,cpuacct:/own
2:cpuset:/own
1:name=systemd:/own"
put v1/proc/self/mountinfo "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
32 25 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
33 25 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd"
for group in "" /own; do
	put "v1/sys/fs/cgroup/cpuset$group/cpuset.cpus" 0-1
	put "v1/sys/fs/cgroup/cpuset$group/cpuset.mems" 0
	put "v1/sys/fs/cgroup/cpuset$group/cpuset.effective_cpus" 0-1
	put "v1/sys/fs/cgroup/cpuset$group/cpuset.effective_mems" 0
	for file in cpu.shares cpu.cfs_quota_us cpu.cfs_period_us cpuacct.usage; do
		put "v1/sys/fs/cgroup/cpu,cpuacct$group/$file" 0
	done
done

# A task in /ct with four controllers apart, as no host has them here.
group() { # CONTROLLER [NAME VALUE]...
	controller=$(text 1 "$1")
	shift
	properties=
	while [ $# -gt 0 ]; do
		properties=$properties$(message 3 "$(text 1 "$1")$(text 2 "$2")")
		shift 2
	done
	message 2 "$controller$(message 2 "$(text 1 ct)$properties")"
}
member() { message 2 "$(text 1 "$1")$(text 2 /ct)"; }
checkpoint dump
set=$(number 1 1)$(member cpu)$(member cpuacct)$(member cpuset)$(member pids)
image dump/cgroup.img 0x59383330 "$(message 1 "$set")$(
	group cpu cpu.shares 512)$(group cpuacct)$(
	group cpuset cpuset.cpus 0-7 cpuset.mems 0)$(group pids pids.max 7)"

# plan RULES OPTION...
plan() {
	printf '%s\n' "$1" >rules
	shift
	run plan --rules rules "$@" dump
}

# From the facts of HOST, while the root is another's: nothing there may be read.
plans() { # HOST ELSEWHERE RULE
	plan "$3" --root "$1"
	here=$status
	cp out there
	name="$1: $(echo "$3" | tr '\n' ' ')"
	plan "$3" --root "$2" --facts "$1.json"
	is "$status" "$here" "$name: ends as there"
	cmp -s out there && same=true || same=false
	ok $same "and gives the same plan"
	$same || sed 's/^/# there: /' there
}

for host in v1 v2; do
	[ $host = v1 ] && elsewhere=v2 || elsewhere=v1
	run facts --root $host --json
	ended 0 "facts of $host"
	cp out $host.json
	plans $host $elsewhere "cgroup_entry fit cpuset.cpus, cpuset.mems"
	plans $host $elsewhere "cgroup_entry fit"
	plans $host $elsewhere "cgroup_entry drop absent"
	plans $host $elsewhere "cgroup_entry convert"
	plans $host $elsewhere 'cgroup_entry move "/ct" to own'
	plans $host $elsewhere "cgroup_entry convert
cgroup_entry drop absent
cgroup_entry fit"
	plans $host $elsewhere "cgroup_entry regroup
cgroup_entry drop absent
cgroup_entry fit"
	plans $host $elsewhere \
		"when host.cgroup.version == 2 { core_entry.tc set exit_code=1 }"
	plans $host $elsewhere \
		'when "1:cpu+cpuacct" in host.cgroup.hierarchies { core_entry.tc set exit_code=1 }'
done
plan "cgroup_entry regroup
cgroup_entry fit" --facts v1.json
ended 3 "a plan with changes"
says out "cpuset.cpus 0-7 -> 0-1 " "for the other's CPUs"
says out "cpu,cpuacct" "and for what it has mounted together"
plan "cgroup_entry convert
cgroup_entry fit" --facts v2.json
says out "cpuset.cpus 0-7 -> 4-7 " "and for those of the third"

# ---- one fact of another host, the rest of this one
plan "cgroup_entry convert
cgroup_entry fit cpuset.cpus" --root v2 --fact host.cpus=5
ended 3 "one fact"
says out "cpuset.cpus 0-7 -> 5 " "limits what a group may use"
plan "cgroup_entry fit cpuset.cpus" --root v1 --fact host.cpus=1-9
says out "cpuset.cpus 0-7 -> 1 " "as far as both have it"
plan "cgroup_entry fit cpuset.cpus" --root v1 --fact host.cpus=6-7
says out "cpuset.cpus 0-7 -> 6-7 " "or is all there is"

# ---- a facts file that is not of our making
echo '{ "facts": { "host.cgroup.hierarchies": "cpu" } }' >wrong.json
plan "cgroup_entry drop absent" --facts wrong.json
ended 1 "a hierarchy without its version"
says err "fact host.cgroup.hierarchies: 'cpu' is not like 1:cpu+cpuacct" "is said"
finish
