#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is printed with --json is as doc/criu-rewrite.schema.json says, whatever there is to say.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"
python3 -c 'import jsonschema' 2>/dev/null || { echo "SKIP: there is no python3-jsonschema"; exit 77; }
schema=$top/doc/criu-rewrite.schema.json

# says_json DEFINITION NAME ARGUMENT...: the output is to be JSON of that definition, which is looked at at the end
kept=0
says_json() {
	file=$1.$((kept += 1))
	name=$2
	shift 2
	run "$@"
	cp out "$file"
	echo "$file $name" >>named
}

checkpoint dump
mkdir empty
cat >all.rules <<'END'
let fewer = host.cpus
rule "named" { core_entry.tc set exit_code=1, comm="other" }
cgroup_entry fit
when host.cpus == 0-1 { manage-cgroups soft }
core_entry.tc[exit_code=99] set exit_code=2
core_entry.tc set exit_code=3
core_entry.tc get
END
says_json check "check: good rules" check --json all.rules
echo 'core_entry.nothing get' >bad.rules
says_json check "check: bad ones, and a file that is not there" check --json bad.rules nothing.rules all.rules
says_json check "check: the host's" check --json
says_json plan "plan: with changes" plan --json --rules all.rules --fact host.cpus=0-1 dump
says_json plan "plan: with nothing to do" plan --json --rules all.rules --fact host.cpus=7 --fact host.mems=0 dump
says_json explain "explain: with changes" explain --json --rules all.rules dump
echo 'require false "no"' >require.rules
says_json explain "explain: of a run that fails" explain --json --rules require.rules dump
says_json apply "apply" apply --json --rules all.rules -o new dump
says_json show "show" show --json dump
: >dump/pages-1.img
says_json show "show: with a raw image" show --json dump
says_json cgroups "show --cgroups" show --cgroups --json dump
says_json cgroups "show --cgroups: of a host that has nothing" show --cgroups --json --root empty dump
says_json get "get" get --json dump core_entry.tc
says_json get "get: nothing" get --json dump core_entry.ids
says_json diff "diff: with differences" diff --json dump new
says_json diff "diff: without" diff --json dump dump
says_json facts "facts" facts --json
says_json facts "facts: of a host that has nothing" facts --json --root empty
says_json doctor "doctor: this host" doctor --json
says_json doctor "doctor: a checkpoint" doctor --json dump
says_json info "info" info dump/cgroup.img
echo '{"ociVersion": "1.0.2", "linux": {"resources": {"cpu": {"cpus": "0-63"}}}}' >config.json
says_json oci "oci fit" oci fit --json --rules all.rules config.json

echo '[{"name": "x"}]' >check.wrong
echo '[{"name": "x"' >check.short
python3 "$top/tests/cli/schema.py" "$schema" [a-z]*.[0-9]* check.wrong check.short >found 2>&1
while read -r file name; do
	is "$(grep -F "$file: " found)" "" "$name"
done <named
is "$(grep -c '^check\.\(wrong\|short\): ' found)" 4 "what is missing is found"

# ---- nothing is left out of it
for command in $("$program" --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'); do
	"$program" "$command" --help | grep -q -e --json || continue
	says "$schema" "\"$command\": {" "the schema has $command"
done
finish
