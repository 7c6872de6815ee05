# SPDX-License-Identifier: GPL-2.0-only
# What the scripts about container runtimes share. Sourced by oci_lib.sh, podman_lib.sh and lxc_lib.sh, which say where
# the tree in the container puts what it has to say ($out), how its leader is made to say it (poke) and where that is kept
# ($reports).
# shellcheck shell=bash disable=SC2034
. /src/tests/criu/inner/lib.sh

# appears FILE: waits for it, 10 s at most
appears() { timeout 10 sh -c 'until [ -e "$1" ]; do sleep 0.1; done' sh "$1"; }

# All tasks of GROUP but the first, which is the leader, go to the group GROUP/sub, with the same CPUs.
into_sub_group() { # GROUP
	mkdir "$cpuset/$1/sub" &&
		cat "$cpuset/$1/cpuset.cpus" >"$cpuset/$1/sub/cpuset.cpus" &&
		cat $cpuset/cpuset.mems >"$cpuset/$1/sub/cpuset.mems" || return
	for pid in $(tail -n +2 "$cpuset/$1/cgroup.procs"); do
		echo "$pid" >"$cpuset/$1/sub/cgroup.procs" || return
	done
}

# use_library NAME: the plugin, with this file of rules/library alone
use_library() {
	install_plugin
	mkdir -p /etc/criu
	cp "/src/rules/library/$1.rules" /etc/criu/
	echo "rules /etc/criu/$1.rules" >/etc/criu/rewrite.conf
}

# The command and the front for runtimes where an installation has them; the front is called only by who names it.
front=/usr/libexec/criu-rewrite
install_front() {
	install -D -m 755 /share/criu-rewrite /usr/bin/criu-rewrite
	install -D -t $front /share/oci/runc /share/oci/crun
}

# report NAME: what the leader says of itself when it is poked goes to $reports/report.NAME.
report() {
	rm -f "$out/report"
	poke
	appears "$out/report" && mv "$out/report" "$reports/report.$1"
}

# Do the reports of the start and of now say the same of its memory?
same_memory() { [ -s "$reports/report.1" ] && [ "$(sed 1q "$reports/report.start")" = "$(sed 1q "$reports/report.1")" ]; }
