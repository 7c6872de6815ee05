# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: docker with containerd and runc. On the same machine a container starts from its own checkpoint, as
# another name or on another machine a new one does that has got the files.
# shellcheck shell=bash
driver_init() {
	name=crw-$setup groups_made= limit=300 # docker's parts start slowly on a busy machine
	if [ "$change" = name ] || [ "$from" != "$to" ]; then here=crw-other; fi
}
docker() { limited docker "$@"; }
have_daemon() {
	local i
	[ -S /run/docker.sock ] && return
	modprobe -a overlay bridge
	rm -rf /tmp/root
	mkdir -p /tmp/root/out /tmp/root/proc /tmp/root/sys /tmp/root/dev /tmp/root/etc /tmp/root/run
	cp /share/tree/tree /tmp/root/
	tar -C /tmp/root -cf /tmp/root.tar .
	setsid dockerd --experimental --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs \
		--exec-opt native.cgroupdriver=cgroupfs >/share/dockerd.log 2>&1 </dev/null &
	for ((i = 0; i < 300; i++)); do
		if [ -S /run/docker.sock ] && docker info >/dev/null 2>&1; then break; fi
		sleep 2
	done
	docker import /tmp/root.tar tree:1
}
new_container() { # create|run -d NAME
	local more how=$1 name=$2
	case $setup in
	pinned) more=0-$((${to#*/} - 1)) ;; # dockerd refuses what is not here
	*) more=$(cpus_of_setup) ;;
	esac
	more=${more:+--cpuset-cpus $more}
	# shellcheck disable=SC2086
	docker $how --name "$name" --network none --security-opt seccomp=unconfined --memory 200m --pids-limit 100 $more \
		-v "$out:/out" tree:1 /tree /out
}
start_container() {
	have_daemon || return
	to=$from new_container "run -d" $name && appears "$out/pids" && find_container
}
find_container() {
	name=${here-$name}
	read -r leader home < <(docker inspect -f '{{.State.Pid}} /docker/{{.Id}}' $name)
	[ -n "$leader" ] && [ "$leader" != 0 ]
}
files_of() { echo "/var/lib/docker/containers/$(docker inspect -f '{{.Id}}' "$1")/checkpoints"; }
checkpoint() {
	docker checkpoint rm $name "${1##*/}" >/dev/null 2>&1 # that of the set of rules before
	docker checkpoint create $name "${1##*/}" || return
	mkdir -p "$1"
	cp -a "$(files_of $name)/${1##*/}/." "$1/"
}
restore_container() {
	local dir
	have_daemon || return
	if [ -n "${here-}" ]; then new_container create "$here" || return; fi
	dir=$(files_of "${here-$name}")
	mkdir -p "$dir"
	[ -e "$dir/images" ] || cp -a "$images" "$dir/"
	docker start --checkpoint images "${here-$name}"
}
criu_log() { find /run/containerd /run/docker /var/lib/docker -xdev -name restore.log -exec cat {} +; }
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
