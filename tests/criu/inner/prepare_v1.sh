#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Groups of two hierarchies of cgroup v1, and cgconfigparser as the witness for the text.
. /src/tests/criu/inner/lib.sh

top=/sys/fs/cgroup
if [ ! -d $top/memory ] || [ ! -d $top/pids ]; then
	skip "groups of cgroup v1" "memory and pids are not mounted as v1 here"
	tap_end
	exit
fi
export LD_LIBRARY_PATH=/share/libcgroup
mkdir -p $images
/share/criu-rewrite encode -o $images/cgroup.img <<END
{ "magic": "CGROUP", "entries": [ { "sets": [ { "id": 1, "ctls": [
    { "name": "memory", "path": "/$group/in" }, { "name": "pids", "path": "/$group/in" } ] } ],
  "controllers": [
    { "cnames": [ "memory" ], "dirs": [ { "dir_name": "$group/in", "dir_perms": { "mode": 488, "uid": 1000, "gid": 1001 },
      "children": [ { "dir_name": "deep", "children": [], "properties": [
        { "name": "memory.limit_in_bytes", "value": "1048576" } ] } ],
      "properties": [ { "name": "memory.limit_in_bytes", "value": "104857600", "perms": { "mode": 420, "uid": 0, "gid": 0 } },
        { "name": "cgroup.procs", "value": "", "perms": { "mode": 420, "uid": 1000, "gid": 1001 } } ] } ] },
    { "cnames": [ "pids" ], "dirs": [ { "dir_name": "$group/in", "children": [], "properties": [
      { "name": "pids.max", "value": "77" }, { "name": "pids.nosuch", "value": "1" } ] } ] } ] } ] }
END
prepare() { /share/criu-rewrite prepare --rules /dev/null "$@" $images; }
values() { cat $top/memory/"$group"/in/memory.limit_in_bytes $top/memory/"$group"/in/deep/memory.limit_in_bytes $top/pids/"$group"/in/pids.max | xargs; }
owners() { stat -c '%u:%g %a' $top/memory/"$group"/in $top/memory/"$group"/in/cgroup.procs $top/memory/"$group"/in/memory.limit_in_bytes | xargs; }
left() { find $top/*/"$group" -type d 2>/dev/null; }

is "$(prepare 2>/tmp/err | wc -l)" 5 "groups of two hierarchies, and those above them, are made"
is "$(values)" "104857600 1048576 77" "with their values"
ok "one that this kernel has not is told of" grep "pids:/$group/in pids.nosuch: cannot write '1'" /tmp/err
is "$(owners)" "1000:1001 750 1000:1001 644 0:0 644" "a group has its owner, and its limits are root's"
is "$(prepare 2>&1)" "criu-rewrite: note: there is no group to make" "what is there is left as it is"
sleep 60 &
echo $! >$top/pids/"$group"/in/cgroup.procs
is "$(prepare --remove | grep -c removed)" 3 "one that a task is in is not removed, nor what it is in"
kill %1
wait %1 2>/dev/null
prepare --remove >/tmp/removed
is "$(left)" "" "without it, they are"

prepare --cgconfig | grep -v nosuch >/tmp/cgconfig.conf
ok "cgconfigparser takes the text" /share/libcgroup/cgconfigparser -l /tmp/cgconfig.conf
is "$(values)" "104857600 1048576 77" "and makes the same of it"
is "$(prepare --remove --json | grep -c '"group": "/.*", "done": "removed"')" 5 "what is removed is told as JSON, too"
is "$(left)" "" "which can be removed as well"
tap_end
