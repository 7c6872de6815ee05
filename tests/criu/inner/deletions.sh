#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: deletions.sh FLAVOUR EVERY [PATH...]     a checkpoint of /share/rich, and deletions.py on it
# FLAVOUR is `plain`; `groups`: in cgroups that CRIU is to manage; `container`: in namespaces of its own, all but that of
# users; `users`: all. RICH has words for rich, and GROUP the name of a cgroup.
flavour=$1
shift
export FILES=/tmp/r ROOT=/ CGROUPS=
options="--tcp-established --network-lock skip --file-locks"
mode=ignore
mkdir -p /tmp/images /tmp/work

groups() { # the groups of the leader, and below them those of its first child
	local d
	for d in cpuset cpu memory pids; do
		[ -e /sys/fs/cgroup/$d/tasks ] || continue
		d=/sys/fs/cgroup/$d/$GROUP
		CGROUPS="$CGROUPS $d"
		mkdir -p "$d/job/child"
		for group in "$d" "$d/job" "$d/job/child"; do
			for file in cpus mems; do
				[ ! -e "$group/cpuset.$file" ] || cat "${group%/*}/cpuset.$file" >"$group/cpuset.$file"
			done
		done
		[ ! -e "$d/job/pids.max" ] || echo 50 >"$d/job/pids.max"
		echo $$ >"$d/tasks"
		echo "$1" >"$d/job/cgroup.procs"
		for task in $2; do echo "$task" >"$d/job/child/cgroup.procs"; done
	done
}

# All that is to be mounted in the container, which has no programs but rich.
container() {
	ROOT=/tmp/box FILES=/tmp/box/r
	options="$options --root /tmp/box --external mnt[ext]:/tmp/ext --external mnt[/ext]:ext"
	mkdir -p /tmp/box/{r,dev/pts,proc,tmp,ext} /tmp/ext
	cp /share/rich /tmp/box/
	mknod -m 666 /tmp/box/dev/null c 1 3
	ln -s pts/ptmx /tmp/box/dev/ptmx
	# shellcheck disable=SC2016,SC2086
	unshare --mount --net --uts --ipc --pid --cgroup --time $1 --fork sh -c '
		hostname cell
		mount --make-rprivate /
		mount --bind /tmp/box /tmp/box
		cd /tmp/box
		mount -t proc proc proc
		mount -t tmpfs tmpfs tmp
		mount --make-shared tmp
		echo text >tmp/file
		mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
		mount --bind /tmp/ext ext
		ip link set lo up
		ip link add cell0 type bridge
		ip address add 10.7.0.1/24 dev cell0
		ip link set cell0 up
		exec ./rich /r root ipc '"$RICH" </dev/null >/tmp/work/rich.log 2>&1 &
}

case $flavour in
container) container "" ;;
users) container "--user --map-root-user" ;;
*)
	mkdir /tmp/r
	# terminals of its own
	mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts
	mount --bind /dev/pts/ptmx /dev/ptmx
	echo 5000 >/proc/sys/kernel/ns_last_pid
	# shellcheck disable=SC2086
	/share/rich /tmp/r $RICH </dev/null >/tmp/work/rich.log 2>&1 &
	;;
esac
started=$!
n=0
until [ -e $FILES/ready ]; do
	n=$((n + 1))
	[ $n -lt 200 ] || { echo "Bail out! $(cat /tmp/work/rich.log)"; exit 1; }
	sleep 0.05
done
leader=$started
[ "$ROOT" = / ] || read -r leader </proc/$started/task/$started/children
if [ "$flavour" = groups ]; then
	mode=soft
	read -r first _ </proc/"$leader"/task/"$leader"/children
	groups "$leader" "$first"
fi
# shellcheck disable=SC2086
criu dump -t "$leader" -D /tmp/images -W /tmp/work -o dump.log -v4 --manage-cgroups=$mode $options ||
	{ echo "Bail out! $(grep Error /tmp/work/dump.log | grep -v rlimit | head -n 3)"; exit 1; }
wait
export OPTIONS="$options --manage-cgroups=$mode" MODE=$mode
python3 /src/tests/criu/inner/deletions.py /tmp/images /src/tests/criu/deletions.exceptions "$@"
status=$?
for d in $CGROUPS; do
	echo $$ >"${d%/*}/tasks"
	for group in "$d/job/child" "$d/job" "$d"; do
		# The kernel keeps a group for a moment after its last task has gone.
		for n in $(seq 100); do [ -d "$group" ] && ! rmdir "$group" 2>/dev/null || break; sleep 0.05; done
	done
done
exit $status
