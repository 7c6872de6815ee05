#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# plan, apply and get on a checkpoint of three images.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

checkpoint dump
cp -a dump original
same() { if diff -r "$1" "$2" >/dev/null; then ok true "$3"; else ok false "$3"; fi; }

cat >cpus.rules <<'END'
cgroup_entry//properties[name="cpuset.cpus"] set value="0-1"
END
echo 'cgroup_entry//properties[name="pids.max"] set value="7"' >none.rules
echo 'manage-cgroups opport' >mode.rules
echo 'core_entry.tc set exitcode=1' >wrong.rules
echo 'must cgroup_entry//properties[name="pids.max"] delete' >must.rules

# ---- get
path='cgroup_entry//properties[name="cpuset.cpus"].value'
run get dump "$path"
ended 0 "get"
is "$(cat out)" '"0-3"' "prints the value as a rule would have it"
run get -v dump "$path"
says out "cgroup.img: " "-v prints the image"
says out ' = "0-3"' "and the value"
run get --json dump "$path"
says out '"text": "\"0-3\""' "--json prints it as JSON"
run get dump 'core_entry.tc.comm'
is "$(cat out)" '"sleep"' "a text"
run get dump 'cgroup_entry.sets[0].id'
is "$(cat out)" 1 "a number"
run get dump 'cgroup_entry//properties.name'
is "$(tr '\n' ' ' <out)" '"cpuset.cpus" "cpuset.mems" ' "several, in order"
none='cgroup_entry//properties[name="pids.max"].value'
run get dump "$none"
ended 1 "get of nothing"
silent out "prints nothing"
is "$(cat err)" "criu-rewrite: dump: nothing matched '$none'" "and says so"
run get -q dump "$none"
ended 1 "with -q"
silent err "it only ends so"
run get dump 'cgroup_entri//properties.name'
ended 1 "get with a wrong path"
says err "cgroup_entry" "suggests the right one"
run get /nonexistent "$path"
ended 1 "get of no directory"
says err "criu-rewrite: /nonexistent: No such file or directory" "says so"
run get dump/cgroup.img "$path"
ended 1 "get of a file"
says err "name the directory of the images" "says what to do"

# ---- plan
run plan --rules cpus.rules dump
ended 3 "plan with a change"
says out "cgroup.img: " "names the image"
says out "0-3 -> 0-1 (cpus.rules:1)" "the values and the rule"
is "$(wc -l <out)" 1 "in one line"
silent err "and that is all"
same dump original "the checkpoint is as it was"
run plan --rules none.rules dump
ended 0 "plan without a change"
is "$(cat out)" "nothing has to change; looked at cgroup.img" "says so, and what it looked at"
run plan -q --rules none.rules dump
silent out "-q does not"
echo 'when host.memory == 7 { cgroup_entry clear }' >when.rules
run plan --rules when.rules dump
is "$(cat out)" "nothing has to change; no image was looked at; 1 \`when\` does not hold here, -v shows it" \
	"or that no rule is for this host"
run plan -v --rules when.rules dump
says err "note: when.rules:1: not in force here: host.memory == 7: no (" "with -v why"
run plan --rules mode.rules dump
ended 3 "plan with a mode only"
says out "-> opport (mode.rules:1)" "prints the mode"
run plan -v --rules cpus.rules dump
says out "1 change in 1 image" "-v counts"
run plan -q --rules cpus.rules dump
ended 3 "-q ends in the same way"
silent out "and prints nothing"
echo 'core_entry.tc get comm' >get.rules
run plan --json --rules get.rules dump
says out '"result_total": 1,' "--json counts what get found"
says out '{"image": "core-1.img", "where": "tc", "text": "comm=\"sleep\""}' "and shows it"
run plan --json --rules cpus.rules --rules mode.rules dump
ended 3 "--json"
if command -v python3 >/dev/null; then
	is "$(python3 -c 'import json
report = json.load(open("out"))
change = report["changes"][0]
print(report["images"], change["before"], change["after"], report["manage_cgroups"])')" \
		"['cgroup.img'] 0-3 0-1 opport" "prints the report"
else
	skip "prints the report" "there is no python3"
fi
run plan --rules - dump <cpus.rules
ended 3 "rules from standard input"
says out "(stdin:1)" "are called so"
run plan --rules cpus.rules --rules none.rules dump
ended 3 "several rules"
mkdir d && cp cpus.rules d
run plan --rules d dump
ended 3 "a directory of rules"
run plan --rules wrong.rules dump
ended 1 "wrong rules"
says err "wrong.rules:1:" "are shown with their place"
says err "exit_code" "and the right name"
run plan --rules must.rules dump
ended 1 "a must that matches nothing"
says err "must.rules:1" "is named"
run plan --rules nothing.rules dump
ended 1 "rules that are not there"
says err "nothing.rules" "are named"

# ---- the configuration
echo "rules cpus.rules" >conf
run plan --conf conf dump
ended 3 "--conf"
CRIU_REWRITE_CONF=$work/conf run plan dump
ended 3 "CRIU_REWRITE_CONF"
CRIU_REWRITE_CONF=/dev/null run plan dump
ended 0 "no rules"
says err "there are no rules" "are worth a word"
CRIU_REWRITE_CONF=/dev/null run plan -q dump
silent err "but not with -q"
echo "rulse cpus.rules" >conf
run plan --conf conf dump
ended 1 "a wrong configuration"
says err "conf:1:1: unknown option 'rulse'; did you mean 'rules'?" "is shown with its place"
chmod 666 cpus.rules
run plan --rules cpus.rules dump
ended 1 "rules that others may write"
says err "chmod go-w" "are refused, with the remedy"
chmod 644 cpus.rules

# ---- facts decide
echo 'when count(host.cpus) == 2 { manage-cgroups opport }' >facts.rules
run plan --rules facts.rules --fact host.cpus=0-1 dump
ended 3 "--fact"
run plan --rules facts.rules --fact host.cpus=0-2 dump
ended 0 "another --fact"
echo '{ "facts": { "host.cpus": "4,8", "host.memory": 1, "host.swap": null } }' >facts.json
run plan --rules facts.rules --facts facts.json dump
ended 3 "--facts"
run plan --rules facts.rules --facts facts.json --fact host.cpus=1 dump
ended 0 "--fact goes before --facts"
run plan --rules facts.rules --fact host.cpu=1 dump
ended 1 "an unknown fact"
says err "there is no fact 'host.cpu'" "is refused"

# ---- get in a rules file
cat >get.rules <<'END'
inventory_entry get img_version
cgroup_entry//properties[name="cpuset.cpus"] get
END
shown='inventory.img: img_version=2
cgroup.img: controllers[cpuset].dirs[ct].properties[cpuset.cpus] = name="cpuset.cpus" value="0-3"'
for arguments in "plan" "plan -v" "apply -o got"; do
	run $arguments --rules get.rules dump
	ended 0 "$arguments with a get"
	is "$(head -n 2 out)" "$shown" "shows what it finds"
done
run plan -q --rules get.rules dump
silent out "but not with -q"
run explain --rules get.rules dump
is "$(grep found: out)" "get.rules:1:     found: inventory.img: img_version=2
get.rules:2:     found: cgroup.img: controllers[cpuset].dirs[ct].properties[cpuset.cpus] = name=\"cpuset.cpus\" value=\"0-3\"" \
	"explain shows it at its statement"

# ---- long values
mkdir long
cp dump/inventory.img long
for i in 1 2 3 4 5 6 7 8 9; do echo '{"name": "name='$i'", "path": "/group/of/that"}'; done | paste -sd , |
	sed 's/.*/{"magic": "CGROUP", "entries": [{"sets": [{"id": 1, "ctls": [&]}]}]}/' | "$program" encode -o long/cgroup.img
echo 'cgroup_entry.sets delete' >long.rules
run plan --rules long.rules long
ended 3 "a deletion of much"
group() { printf 'ctls { name="name=%s" path="/group/of/that" } ' "$1"; }
is "$(cat out)" "cgroup.img: sets[id=1] id=1 $(group 1; group 2; group 3; group 4)ctls { name=\"na... (209 more bytes) -> (gone) \
(long.rules:1)" "shows its beginning, and how much is not shown"

# ---- apply
run apply --rules cpus.rules -o new dump
ended 0 "apply -o"
says out "0-3 -> 0-1" "prints the changes"
same dump original "the checkpoint is as it was"
run get new "$path"
is "$(cat out)" '"0-1"' "the new one has the value"
is "$(ls new)" "$(ls dump)" "and all files"
cp new/cgroup.img dump
same dump new "the others are the same"
cp original/cgroup.img dump
run apply --rules cpus.rules -o new dump
ended 1 "apply into a directory that is not empty"
is "$(cat err)" "criu-rewrite: new: is not empty; name a new directory, or say --force to replace the images in it" \
	"says what to do"
run get new "$path"
is "$(cat out)" '"0-1"' "leaves it as it is"
cp -r new forced
cp dump/core-1.img forced/core-9999.img
touch forced/notes
run apply -q --force --rules cpus.rules -o forced dump
ended 0 "apply --force into that"
is "$(ls forced | sort)" "$({ ls new; echo notes; } | sort)" "leaves no image of another checkpoint, and other files"
rm forced/notes
same forced new "with the same result"
run apply --force --rules cpus.rules -o dump dump
ended 1 "apply into the checkpoint itself"
is "$(cat err)" "criu-rewrite: dump: is the checkpoint itself; say --in-place to change it" "is refused"
same dump original "and it stays"
run apply --rules none.rules -o same dump
ended 0 "apply of rules that are for nothing"
is "$(cat err)" "criu-rewrite: note: none.rules:1: nothing matched" "says so"
mkdir empty
run apply -q --rules cpus.rules -o empty dump
ended 0 "apply into an empty directory"
silent out "-q is quiet"
same empty new "with the same result"
run apply --rules must.rules -o failed dump
ended 1 "apply that fails"
ok "$([ ! -e failed ] && echo true)" "leaves no directory"
run apply --rules cpus.rules -o no/where dump
ended 1 "apply into nowhere"
says err "cannot make the directory no/where" "says so"
run apply --rules cpus.rules --in-place dump
ended 0 "apply --in-place"
same dump new "with the same result"
run apply --rules cpus.rules --in-place dump
ended 0 "once more"
same dump new "changes nothing"
run plan --rules cpus.rules dump
ended 0 "and there is nothing left to plan"
# Statistics may be anything: nothing is restored from them.
checkpoint old
echo 'path "/srv" to "/data"' >path.rules
run plan --rules path.rules old
ended 0 "a verb that looks into all images, and a stats-dump that is none"

finish
