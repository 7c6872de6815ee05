# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: criu by its command line. The "container" is the tree in a group.
# shellcheck shell=bash
driver_init() { # [full]
	mode=soft home=/crw-ct groups_made="/crw-ct /crw-other $strangers"
	[ "${1-}" != full ] || mode=full
	[ "$change" != name ] || here=/crw-other
}
start_container() {
	local namespace=
	mkgroup $home && limit $home memory 200M && limit $home pids 100 || return
	[ "$setup" != groups ] || namespace="unshare --cgroup"
	cp /share/tree/tree "$kept/"
	echo 4999 >/proc/sys/kernel/ns_last_pid
	# shellcheck disable=SC2086
	from_group $home $namespace setpriv --bounding-set -all --inh-caps -all "$kept/tree" "$out" </dev/null || return
	find_container
}
find_container() {
	leader=$(sed -n 's/^leader //p' "$out/pids")
	home=${here-$home}
	# These are for the group that criu is in; another root comes first, and so does a cgroup namespace for no-cgroups. Nothing is
	# moved to /.
	case $setup:${here-}:${set-}$called_from in
	*::move-to-own/?* | plain::no-cgroups* | strangers::no-cgroups*) home=$called_from ;;
	esac
	[ -e "/proc/$leader" ]
}
checkpoint() { # DIR
	mkdir -p "$1"
	limited criu dump -t "$leader" -D "$1" -W "$work" -o dump.log -v4 --manage-cgroups=$mode
}
restore_container() {
	limited criu restore -d -D "$images" -W "$work" -o restore.log -v4 --manage-cgroups=$mode ${here+--cgroup-root "$here"}
}
criu_log() { cat "$work/restore.log"; }
remove_container() { kill -9 "$leader" 2>/dev/null; sleep 0.3; }
end_all() { end_groups $groups_made; }
