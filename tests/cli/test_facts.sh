#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# facts: what is shown, saved and replayed; and check.
. "$(dirname "$0")/lib"

# ---- facts
run facts
ended 0 "facts"
says out "host.cpus " "shows a fact"
run facts -v
says out "(set: CPUs that are online)" "-v explains it"
run facts host.cpus
is "$(cat out)" "$(cat /sys/devices/system/cpu/online)" "one fact alone"
run facts host.cpu
ended 1 "an unknown fact"
says err "there is no fact 'host.cpu'; did you mean 'host.cpus'?" "with a suggestion"
run facts --fact host.cpus=7 host.cpus
is "$(cat out)" 7 "a fact that is given"
run facts --fact host.cpus=x
ended 1 "a fact of another type"

mkdir -p host/sys/devices/system/cpu host/proc
echo 2-3 >host/sys/devices/system/cpu/online
run facts --root host host.cpus
is "$(cat out)" 2-3 "another root"
run facts --root nowhere
ended 1 "a root that is not there"
says err "--root nowhere: No such file or directory" "is named"

run facts --json
ended 0 "facts --json"
cp out saved.json
run facts --facts saved.json --json
ok "$(cmp -s out saved.json && echo true)" "comes back by --facts as it was"
sed 's,"host.interfaces": ".*","host.interfaces": "lo\,eth/0",' saved.json >foreign.json
run facts --facts foreign.json host.interfaces
is "$(cat out)" "lo,eth/0" "what a host has said of itself is not judged"
run facts --facts saved.json --fact host.interfaces=eth/0
ended 1 "what is given is"
run facts --root host --facts saved.json host.cpus
is "$(cat out)" "$(cat /sys/devices/system/cpu/online)" "from nowhere else"

wrong() { # TEXT MESSAGE
	printf %s "$1" >wrong.json
	run facts --facts wrong.json
	ended 1 "facts file: $1"
	says err "criu-rewrite: wrong.json$2" "its message"
}
wrong '{ "facts": ' ": facts are what \`criu-rewrite facts --json\` prints: line 1, column "
wrong '[]' ': there is no object "facts" in it'
wrong '{ "facts": { "host.cpus": [] } }' ": fact 'host.cpus' is neither text"
wrong '{ "facts": { "host.cpus": "x" } }' ": fact host.cpus"
wrong '{ "facts": { "host.nothing": "1" } }' ": there is no fact 'host.nothing'"
run facts --facts none.json
ended 1 "no facts file"
says err "none.json" "is named"

# ---- check
echo 'core_entry.tc set exit_code=1' >good.rules
printf 'core_entry.tc set exitcode=1\ncore_entry.tcc set exit_code=1\n' >bad.rules
run check good.rules
ended 0 "check of good rules"
is "$(cat out)" "good.rules: ok" "says so"
run check -q good.rules
silent out "but not with -q"
run check good.rules bad.rules nothing.rules
ended 1 "check of several"
says out "good.rules: ok" "the good one"
says err "bad.rules:1:" "the first error"
says err "bad.rules:2:" "the second"
says err "nothing.rules" "the file that is not there"
run check -v bad.rules
silent out "-v says no more of bad ones"
run check --json good.rules bad.rules
ended 1 "check --json"
says out '"ok": true' "the good one"
says out '"ok": false' "the bad one"
mkdir d
cp good.rules bad.rules d
run check d
ended 1 "check of a directory"
says err "d/bad.rules:1:" "names the file"
echo "rules good.rules" >conf
run check --conf conf
ended 0 "check of a configuration"
is "$(cat out)" "conf: ok" "says so"
echo "# nothing" >conf
run check --conf conf
is "$(cat out)" "conf: ok, but there are no rules" "without rules"
CRIU_REWRITE_CONF=$work/bad.conf run check
ended 1 "check of the configuration that the environment names"
says err "CRIU_REWRITE_CONF" "says who named it"
finish
