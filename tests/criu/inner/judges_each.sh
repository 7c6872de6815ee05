#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each property whose value a kernel may refuse, at its limit and beyond: this kernel is asked, and `fit` has to leave what it
# takes, and to make of what it refuses something that it takes. cgroup v1 or v2, whichever this machine has; properties and
# controllers that the kernel lacks are skipped.
. /src/tests/criu/inner/cgroup_lib.sh

program=/share/criu-rewrite
base=$group-each
cd /tmp || exit
v2=
[ -d $top/cpu ] || [ -d $top/cpu,cpuacct ] || v2=2

# where CONTROLLER: its directory
where() { if [ -n "$v2" ]; then echo $top; else dir_of "$1"; fi; }
lines() { printf '%b\n' "$1" | sed '/^$/d'; }

# checkpoint CONTROLLER VALUE: of /BASE/job with $property
checkpoint() {
	local controller=$1 value
	[ -z "$v2" ] || controller=
	value=$2
	rm -rf dump && mkdir dump
	printf '{"magic": "CGROUP", "entries": [{"sets": [{"id": 2, "ctls": [{"name": "%s", "path": "/%s/job"}]}],
		"controllers": [{"cnames": ["%s"], "dirs": [{"dir_name": "%s/job", "children": [], "properties": [
		%s{"name": "%s", "value": "%s"}]}]}]}]}' \
		"$controller" "$base" "$controller" "$base" "$beside" "$property" "$value" | $program encode -o dump/cgroup.img
}

# written DIR: makes the group of a checkpoint, and writes its values as CRIU does; fails when the kernel refuses one
written() {
	local dir=$1 job name value line status=0
	job=$(where "$controller")/$base/job
	mkdir "$job"
	while IFS=$'\t' read -r name value; do
		if [ "$name" = devices.list ]; then
			echo a >"$job/devices.deny"
			name=devices.allow
		fi
		while read -r line; do
			[ "$name" != cgroup.subtree_control ] || line=$(sed 's/[^ ][^ ]*/+&/g' <<<"$line")
			{ echo "$line" >"$job/$name"; } 2>/dev/null || status=1
		done < <(lines "$value")
	done < <(values_in "$dir")
	for _ in $(seq 100); do rmdir "$job" 2>/dev/null && break; sleep 0.02; done
	return $status
}
values_in() {
	$program get "$1" cgroup_entry.controllers.dirs.properties | sed -n 's/^name="\(.*\)" value="\(.*\)"$/\1\t\2/p'
}

# each CONTROLLER PROPERTY VALUE...: with \n between lines
beside=
each() {
	local controller=$1 property=$2 value dir
	shift 2
	dir=$(where "$controller")
	if [ -z "$dir" ] || [ ! -d "$dir/$base" ] || [ ! -e "$dir/$base/$property" ]; then
		skip "$property" "this kernel has it not on cgroup v${v2:-1}"
		return
	fi
	for value; do
		checkpoint "$controller" "$value"
		rm -rf fitted
		ok "$property $value: is fitted" $program apply -q --rules - -o fitted dump <<<"cgroup_entry fit"
		if written dump; then
			is "$(values_in fitted | grep "^$property	")" "$(values_in dump | grep "^$property	")" "$property $value: the kernel takes it, and it stays"
		else
			ok "$property $value: the kernel refuses it, and takes what it became: $(values_in fitted | tr '\t\n' '  ')" \
				written fitted
		fi
	done
}

for controller in cpuset cpu memory blkio pids hugetlb devices net_prio net_cls misc rdma; do
	dir=$(where $controller)
	[ -n "$dir" ] || continue
	mkdir -p "$dir/$base"
	[ -n "$v2" ] || [ $controller != cpuset ] ||
		for file in cpus mems; do cat "$dir/cpuset.$file" >"$dir/$base/cpuset.$file"; done
done
if [ -n "$v2" ]; then
	for name in $(cat $top/cgroup.controllers); do
		echo "+$name" >$top/cgroup.subtree_control
		echo "+$name" >$top/$base/cgroup.subtree_control
	done
fi
device=$(cat /sys/block/*/dev 2>/dev/null | head -n 1)
other=$(cat /sys/block/*/dev 2>/dev/null | tail -n 1)
cpus=$(cat /sys/devices/system/cpu/online)
last=${cpus##*[-,]}

# --- what both have
each cpuset cpuset.cpus 0 "$cpus" "$last-$((last + 1))" $((last + 1)) "0,$((last + 9))"
each cpuset cpuset.mems 0 0-1 7
each pids pids.max 0 4194304 max
each rdma rdma.max "mlx5_0 hca_handle=2 hca_object=max"
each misc misc.max "sev 1" "sev max\nsev_es 3"
for size in 64KB 2MB 1GB 16GB; do
	each hugetlb hugetlb.$size.limit_in_bytes 0 1073741824
	each hugetlb hugetlb.$size.max 0 max
	each hugetlb hugetlb.$size.rsvd.max 0 max
done

if [ -n "$v2" ]; then
	dir=$top/$base
	echo "50000 100000" >$dir/cpu.max
	each cpu cpu.max "50000 100000" "80000 100000" "max 100000" "1000 1000" "1000000 1000000"
	beside='{"name": "cpu.max", "value": "30000 100000"}, '
	each cpu cpu.max.burst 0 30000
	beside=
	echo max >$dir/cpu.max
	each cpu cpu.weight 1 10000
	each cpu cpu.idle 1
	each cpu cpu.uclamp.min 100.00 max
	each cpu cpu.uclamp.max 0.00 50.00
	echo 16777216 >$dir/memory.max
	echo 4194304 >$dir/memory.low
	echo 4194304 >$dir/memory.min
	echo 8388608 >$dir/memory.high
	for name in max high low min swap.max swap.high zswap.max; do
		each memory memory.$name 0 8388608 1073741824 max
	done
	each memory memory.oom.group 1
	each memory memory.zswap.writeback 0
	echo 20 >$dir/pids.max
	each pids pids.max 20 21 max
	each io io.weight "default 1" "default 10000" "default 100\n$device 50" "default 100\n250:77 50"
	each io io.bfq.weight "default 1" "default 1000" "default 100\n$device 50" "default 100\n$other 50" \
		"default 100\n250:77 50"
	each io io.max "$device rbps=1048576 wbps=max riops=max wiops=max" "250:77 rbps=1048576 wbps=max riops=max wiops=max" \
		"$device rbps=1048576 wbps=max riops=max wiops=max\n250:77 rbps=1 wbps=max riops=max wiops=max"
	each io io.latency "$device target=10000" "250:77 target=10000"
	each io io.prio.class no-change idle
	# A partition, beside one that is there.
	each cpuset cpuset.cpus.partition member root isolated
	mkdir $dir/neighbour
	echo 0 >$dir/neighbour/cpuset.cpus
	echo root >$dir/neighbour/cpuset.cpus.partition
	each cpuset cpuset.cpus 0 "$cpus" "$last"
	each cpuset cpuset.cpus.partition root
	each cpuset cpuset.cpus.exclusive 0 "$last"
	rmdir $dir/neighbour
	each cpuset cgroup.subtree_control "cpu" "cpuset cpu io memory pids" "cpu nothing"
	each cpuset cgroup.freeze 0 1
else
	dir=$(where memory)/$base
	echo 16777216 >"$dir/memory.limit_in_bytes"
	for name in limit_in_bytes soft_limit_in_bytes kmem.tcp.limit_in_bytes; do
		each memory memory.$name 8388608 16777216 1073741824 -1 9223372036854771712
	done
	beside='{"name": "memory.limit_in_bytes", "value": "8388608"}, '
	each memory memory.memsw.limit_in_bytes 8388608 4194304 -1
	beside=
	each memory memory.memsw.limit_in_bytes 8388608 -1
	each memory memory.swappiness 0 100 101 200
	each memory memory.oom_control 0 1
	each memory memory.move_charge_at_immigrate 0 1 3
	each memory memory.use_hierarchy 1 0
	each cpu cpu.shares 2 262144
	each cpuset cpuset.cpu_exclusive 0 1
	each cpuset cpuset.mem_exclusive 0 1
	for name in memory_migrate mem_hardwall memory_spread_page memory_spread_slab sched_load_balance; do
		each cpuset cpuset.$name 0 1
	done
	each blkio blkio.weight 10 1000
	each blkio blkio.bfq.weight 1 1000
	each blkio blkio.bfq.weight_device "$device 50" "$other 50" "$device 50\n250:77 50"
	each blkio blkio.leaf_weight 10 1000
	for name in read_bps write_bps read_iops write_iops; do
		each blkio blkio.throttle.${name}_device "$device 1048576" "250:77 1048576" "$device 1048576\n250:77 1048576"
	done
	each blkio blkio.prio.class no-change idle
	each devices devices.list "a *:* rwm" "c 1:3 rwm\nc 1:5 r"
	if [ -n "$(where devices)" ]; then
		dir=$(where devices)/$base
		echo a >"$dir/devices.deny"
		echo "c 1:3 rw" >"$dir/devices.allow"
	fi
	each devices devices.list "c 1:3 rw" "c 1:3 rwm" "c 1:3 r\nc 5:2 rw" "a *:* rwm"
	each net_prio net_prio.ifpriomap "lo 0" "lo 5" "lo 5\nnone0 3"
	each net_cls net_cls.classid 0 4294967295
	each cpuset notify_on_release 0 1
	each cpuset cgroup.clone_children 0 1
fi
for controller in cpuset cpu memory blkio pids hugetlb devices net_prio net_cls misc rdma; do
	dir=$(where $controller)
	[ ! -d "$dir/$base" ] || rmdir "$dir/$base"
done
tap_end
