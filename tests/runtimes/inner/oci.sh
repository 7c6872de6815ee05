# SPDX-License-Identifier: GPL-2.0-only
# Driver for matrix.sh: runc and crun, with a bundle.
# shellcheck shell=bash
driver_init() { # runc|crun [systemd]
	oci=$1 manager=${2-} name=crw-ct
	bundle=$kept/bundle
	[ "$change" != name ] || here=crw-other
	groups_made="$(path_of crw-ct) $(path_of crw-other) /crw-ct /crw-other"
}
oci() { limited "$oci" ${manager:+--systemd-cgroup} "$@"; }
path_of() { # NAME
	if [ -n "$manager" ]; then echo "/system.slice/crw-$1.scope"; else echo "/$1"; fi
}
configure() { # NAME
	local resources='"memory": { "limit": 209715200 }, "pids": { "limit": 100 }' namespaces=
	[ "$setup" != groups ] || [ -z "$v2" ] || namespaces=cgroup
	sh /src/tests/lab/bundle.sh "$kept" "$1" "$(cpus_of_setup)" "$resources" $namespaces || return
	[ -z "$manager" ] || sed -i "s,\"cgroupsPath\": .*,\"cgroupsPath\": \"system.slice:crw:$1\"\,," "$bundle/config.json"
}
start_container() {
	cp /share/tree/tree "$kept/"
	configure $name || return
	rmdir "$out" && ln -s bundle/rootfs/out "$out"
	oci run -d --pid-file "$work/pid" -b "$bundle" $name >/dev/null && appears "$out/pids" && find_container
}
find_container() {
	name=${here-$name}
	home=$(path_of $name)
	if [ -d "$top$home/container" ]; then home=$home/container; fi # crun's, below a scope
	leader=$(<"$work/pid")
}
checkpoint() { oci checkpoint --image-path "$1" --work-path "$work" $name; }
restore_container() {
	configure "${here-$name}" || return
	oci restore -d --pid-file "$work/pid" -b "$bundle" --image-path "$images" --work-path "$work" "${here-$name}" >"$work/output" 2>&1 || { local status=$?; cat "$work/output"; return $status; }
}
criu_log() { cat "$work/restore.log"; }
remove_container() { "$oci" delete -f $name; sleep 0.2; }
end_all() {
	local n
	for n in crw-ct crw-other; do "$oci" delete -f $n; done
	end_groups $groups_made
	[ -z "$manager" ] || systemctl reset-failed
}
