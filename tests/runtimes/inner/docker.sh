# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: docker with containerd and runc. On the same machine a container starts from its own checkpoint, as
# another name or on another machine a new one does that has got the files. One with CPUs that are not there cannot be made
# there: it comes with all that docker keeps.
# shellcheck shell=bash
driver_init() {
	name=crw-$setup groups_made= limit=300 # docker's parts start slowly on a busy machine
	data=/var/lib/docker moved=
	if [ "$setup" = pinned ]; then
		data=/var/lib/docker-moved moved=$kept/docker.tar
	elif [ "$change" = name ] || [ "$from" != "$to" ]; then
		here=crw-other
	fi
}
docker() { limited docker "$@"; }
end_daemon() {
	local pid i
	pid=$(cat /run/docker.pid) && kill "$pid" || return 0
	for ((i = 0; i < 300; i++)); do
		[ -d "/proc/$pid" ] || return 0
		sleep 0.2
	done
}
have_daemon() {
	local i
	[ -S /run/docker.sock ] && [ "$(docker info -f '{{.DockerRootDir}}')" = $data ] && return
	end_daemon
	if [ -e "$moved" ] && [ ! -e $data ]; then mkdir $data && tar -C $data -xf "$moved" || return; fi
	modprobe -a overlay bridge
	rm -rf /tmp/root
	mkdir -p /tmp/root/out /tmp/root/proc /tmp/root/sys /tmp/root/dev /tmp/root/etc /tmp/root/run
	cp /share/tree/tree /tmp/root/
	tar -C /tmp/root -cf /tmp/root.tar .
	setsid dockerd --experimental --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs --data-root=$data \
		--exec-opt native.cgroupdriver=cgroupfs >>/share/dockerd.log 2>&1 </dev/null &
	for ((i = 0; i < 300; i++)); do
		if [ -S /run/docker.sock ] && docker info >/dev/null 2>&1; then break; fi
		sleep 2
	done
	docker import /tmp/root.tar tree:1
}
new_container() { # create|run -d NAME
	local more how=$1 name=$2
	more=$(cpus_of_setup)
	more=${more:+--cpuset-cpus $more}
	# shellcheck disable=SC2086
	docker $how --name "$name" --network none --security-opt seccomp=unconfined --memory 200m --pids-limit 100 $more \
		-v "$out:/out" tree:1 /tree /out
}
start_container() {
	have_daemon || return
	new_container "run -d" $name && appears "$out/pids" && find_container
}
find_container() {
	name=${here-$name}
	read -r leader home < <(docker inspect -f '{{.State.Pid}} /docker/{{.Id}}' $name)
	[ -n "$leader" ] && [ "$leader" != 0 ]
}
files_of() { echo "$data/containers/$(docker inspect -f '{{.Id}}' "$1")/checkpoints"; }
checkpoint() {
	docker checkpoint rm $name "${1##*/}" >/dev/null 2>&1 # that of the set of rules before
	docker checkpoint create $name "${1##*/}" || return
	mkdir -p "$1"
	cp -a "$(files_of $name)/${1##*/}/." "$1/" || return
	if [ -n "$moved" ] && [ ! -e "$moved" ]; then end_daemon && tar -C $data -cf "$moved" .; fi
}
# dockerd refuses CPUs that are not there, until it is told others.
update() {
	docker start --checkpoint images $name 2>&1 | grep "Requested CPUs are not available" &&
		docker update --cpuset-cpus 0-$((${to#*/} - 1)) $name
}
restore_container() {
	local dir
	have_daemon || return
	if [ -n "${here-}" ]; then new_container create "$here" || return; fi
	dir=$(files_of "${here-$name}")
	mkdir -p "$dir"
	[ -e "$dir/images" ] || cp -a "$images" "$dir/"
	if [ -n "$moved" ] && [ ! -e $data/updated ]; then update && : >$data/updated || return; fi
	docker start --checkpoint images "${here-$name}"
}
criu_log() { find /run/containerd /run/docker $data -xdev -name restore.log -exec cat {} +; }
groups_of_docker() { (cd $top && find . -path '*/docker/*' -type d | sed 's/^\.//; s,^/\(memory\|pids\|cpuset\),,' | sort -u); }
# Docker knows nothing of the groups of the name in the checkpoint, which CRIU makes.
remove_container() {
	docker kill $name
	[ -z "${here-}" ] || docker rm -f "$here"
	groups_made=$(groups_of_docker)
}
end_all() {
	docker kill $name
	docker rm -f crw-other
	# shellcheck disable=SC2046
	end_groups $(groups_of_docker)
}
