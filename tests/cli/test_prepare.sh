#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `prepare` says of groups without making any; that it makes them is in tests/criu/cgroup_capture.sh.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

checkpoint dump
for option in "--facts f" "--fact host.cpus=0" "--root /"; do
	# shellcheck disable=SC2086
	run prepare $option dump
	ended 2 "$option: groups are made on this host as it is"
	says err "unknown option '${option%% *}', which is for \`criu-rewrite plan\`" "and says where it goes"
done
run prepare --json --cgconfig dump
ended 2 "printing a file and JSON are two things"
run prepare --remove --cgconfig dump
ended 2 "printing and removing are two things"

rm dump/cgroup.img
run prepare --rules /dev/null --cgconfig dump
ended 0 "a checkpoint without groups"
is "$(cat out)" "# dump, by criu-rewrite $("$program" --version | cut -d' ' -f2)" "has none"

"$program" facts host.cgroup.hierarchies | grep -q "2:" || { skip "groups of v2" "it is not mounted here"; finish; }
cat >cgroup.json <<'END'
{ "magic": "CGROUP", "entries": [ { "sets": [ { "id": 1, "ctls": [ { "name": "", "path": "/crw-nowhere/in" } ] } ],
  "controllers": [ { "cnames": [ "" ], "dirs": [ { "dir_name": "crw-nowhere/in", "children": [], "properties": [
    { "name": "cgroup.max.depth", "value": "7" }, { "name": "cgroup.freeze", "value": "1" },
    { "name": "cgroup.procs", "value": "", "perms": { "mode": 420, "uid": 1000, "gid": 1001 } } ] } ] } ] } ] }
END
"$program" encode -i cgroup.json -o dump/cgroup.img
run prepare --rules /dev/null --cgconfig dump
ended 0 "groups that are not there"
is "$(sed 1d out | tr -s '\n\t' ' ')" '# /crw-nowhere/in cgroup.procs: chown 1000:1001, chmod 644'\
' group "crw-nowhere/in" { "cgroup" { cgroup.max.depth = "7"; } } ' "are printed, and nothing is frozen"
run prepare --rules /dev/null --remove --quiet dump
silent out "removing what is not there says nothing"
run prepare --rules /dev/null --remove --json dump
ended 0 "--json"
is "$(tr -d '\n ' <out)" "[]" "is an empty list then"

# ---- a hostile checkpoint: what it calls a property may be no way to another file
echo 1 >target
sed "s,cgroup.freeze,../../../../../../../../..$work/target," cgroup.json >hostile.json
sed 's,"cgroup.max.depth,"cgroup.max.depth\\n/etc/passwd\\t1,' hostile.json | "$program" encode -o dump/cgroup.img
run prepare --rules /dev/null --cgconfig dump
ended 0 "files elsewhere as properties"
says out "chown 1000:1001, chmod 644" "the others are prepared"
silent err "nothing fails"
is "$(grep -cE "target|passwd" out)" 0 "and none of those"
echo 'cgroup_entry prepare' >rules
run plan --rules rules dump
says out "target 1 -> (gone) (rules:1): that is no file of a group" "which a plan says"
sed 's,crw-nowhere,crw\\nnowhere,' cgroup.json | "$program" encode -o dump/cgroup.img
run prepare --rules /dev/null --cgconfig dump
ended 1 "a group with a line end in its name, which the kernel refuses"
mv dump "$(printf 'd\ngroup evil {')"
run prepare --rules /dev/null --cgconfig d*
mv d* dump
is "$(grep -c '^group evil' out)" 0 "nor does the name of the checkpoint make a line"
for odd in 's,crw-nowhere,crw\\u001bnowhere,' 's,"7","\\u009b7",' \
	's,max.depth,x = 1; } } mount { cpuset = x; } group y { cpu { z,'; do
	sed "$odd" cgroup.json | "$program" encode -o dump/cgroup.img
	run prepare --rules /dev/null --cgconfig dump
	ended 1 "a name or value that drives a terminal or begins statements"
	says err "cgconfig.conf has no way to say such a name or value" "is not printed"
done
finish
