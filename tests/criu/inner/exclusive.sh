# SPDX-License-Identifier: GPL-2.0-only
# An exclusive group comes back beside one that overlaps it, and others beside an exclusive one. On a machine with 4 CPUs.
# shellcheck shell=bash
. /src/tests/criu/inner/lib.sh

refused="Failed writing .*: Invalid argument"

make() { # NAME CPUS EXCLUSIVE
	mkdir -p "$cpuset/$1"
	echo 0 >"$cpuset/$1/cpuset.mems"
	echo "$2" >"$cpuset/$1/cpuset.cpus"
	echo "$3" >"$cpuset/$1/cpuset.cpu_exclusive"
}
values() { cat "$cpuset/$1/cpuset.cpus" "$cpuset/$1/cpuset.cpu_exclusive" | tr '\n' ' '; }
begin() { # NAME
	# shellcheck disable=SC2016
	setsid sh -c 'echo $$ >$0/cgroup.procs; exec sleep 1000' "$cpuset/$1" </dev/null >/dev/null 2>&1 &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.05; done
	rm -rf $images && mkdir $images
	criu dump -t "$pid" -D $images -W "$work" -o dump.log -v4 --manage-cgroups || tail -3 "$work/dump.log"
	wait "$pid" 2>/dev/null
	remove "$1"
}
stop() { kill -9 "$pid" 2>/dev/null; /src/tests/lab/ended "$pid"; }
remove() {
	local name try
	for name; do
		for try in $(seq 50); do
			[ -e "$cpuset/$name" ] || break
			rmdir "$cpuset/$name" 2>/dev/null && break || sleep 0.02
		done
	done
}
# What happens without the plugin, and with it.
without() {
	remove_plugin
	not_ok_if "$1: without the plugin it fails" restore
	ok "$1: as the kernel does not take it" grep "$refused" $log
	remove "$group-ct"
	install_plugin
}
said() { grep "rewrite: cgroup.img: cpuset:/$group-ct .*$1" $log; }

configure <<<"cgroup_entry fit"
make $group-ct 1-2 1
begin $group-ct

make $group-busy 2-3 0
without "exclusive, and another overlaps"
ok "exclusive, and another overlaps: with fit it restores" restore
is "$(values $group-ct)" "1-2 0 " "  with its CPUs, and not exclusive"
is "$(values $group-busy)" "2-3 0 " "  the other as it was"
ok "  and the log says who it was" said "cpu_exclusive 1 -> 0 .*/$group-busy of this host has some of these CPUs"
stop
remove $group-ct

make $group-busy 2-3 1
without "another has some for itself"
ok "another has some for itself: with fit it restores" restore
is "$(values $group-ct)" "1 1 " "  with what is left, and exclusive"
is "$(values $group-busy)" "2-3 1 " "  the other as it was"
ok "  and the log says who has them" said "cpus 1-2 -> 1 .*/$group-busy of this host has some of these CPUs for itself"
stop
remove $group-ct

make $group-busy 0-3 1
without "another has all for itself"
not_ok_if "another has all for itself: with fit neither" restore
ok "  and the log says why" grep "have all of its CPUs for themselves" $log
is "$(values $group-busy)" "0-3 1 " "  the other as it was"
remove $group-ct $group-busy
tap_end
