#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: bundle.sh DIR NAME [CPUS [RESOURCES [NAMESPACE]]]
# Makes the OCI bundle DIR/bundle for runc and crun: the tree of tree.c as a container in the cgroup /NAME, on CPUS, with more
# "resources" of config.json and one more namespace. CPUS -: RESOURCES are all of them.
# Without capabilities, of which a newer runc gives all, and the machine of a restore may lack some.
# DIR/tree must be there (tree.sh build). The container's /out is DIR/bundle/rootfs/out: pids and reports appear there.
set -eu

dir=$1 name=$2 pinned=
[ -z "${3-}" ] || pinned="\"cpus\": \"$3\""
resources="\"cpu\": { $pinned }${4:+, $4}" namespace=${5:+, { \"type\": \"$5\" \}}
[ "${3-}" != - ] || resources=$4
bundle=$dir/bundle
mkdir -p "$bundle/rootfs/out" "$bundle/rootfs/proc" "$bundle/rootfs/dev" "$bundle/rootfs/sys"
cp "$dir/tree" "$bundle/rootfs/"
cat >"$bundle/config.json" <<END
{
	"ociVersion": "1.0.2",
	"process": {
		"terminal": false,
		"user": { "uid": 0, "gid": 0 },
		"args": [ "/tree", "/out" ],
		"env": [ "PATH=/" ],
		"cwd": "/",
		"noNewPrivileges": true,
		"capabilities": { "bounding": [], "effective": [], "permitted": [] }
	},
	"root": { "path": "rootfs", "readonly": false },
	"hostname": "tree",
	"mounts": [
		{ "destination": "/proc", "type": "proc", "source": "proc" },
		{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": [ "nosuid", "mode=755" ] }
	],
	"linux": {
		"cgroupsPath": "/$name",
		"resources": { $resources },
		"namespaces": [ { "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }$namespace ]
	}
}
END
