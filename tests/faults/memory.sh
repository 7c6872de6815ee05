#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command when memory fails it: of each command one allocation in turn. It ends with an error that says so, or does its
# work; FAULTS=all tries every one, else it is the first 60 and a sample.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
# shellcheck source=tests/cli/image
. "$top/tests/cli/image"
make -s -C "$top" faulty >/dev/null 2>&1 || { echo "SKIP: make faulty fails"; exit 77; }
program=$top/build/tests/faults/criu-rewrite
umask 022
unset CRIU_REWRITE_CONF
step=29
[ "${FAULTS-}" != all ] || step=1
work=$(mktemp -d /tmp/criu-rewrite-faults.XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checkpoint dump
checkpoint other
image other/cgroup.img 0x59383330 "$(cgroup cpuset.cpus 0-1 cpuset.mems 0)"
mkdir checkpoint
cp dump/*.img checkpoint
tar -cf in.tar checkpoint
cat >rules <<'END'
let here = intersect(host.cpus, 0-1)
rule "r" {
	cgroup_entry//properties[name="cpuset.cpus"] set value=here
	core_entry.tc[comm =~ "s.*p"] set exit_code=7, comm=upper(comm) + "x"
}
cgroup_entry fit
core_entry get
manage-cgroups soft, opport
END
cat >verbs <<'END'
address 10.0.0.5 to 10.7.0.9
address fd00::5 to fd07::9
port 80 to 8080 tcp
hostname "b"
path "/a" to "/b"
relax file "/v*"
netdev eth0 to e1
close established
option tcp-close
option external "mnt[a]:/b"
option cgroup-root "cpuset:/a"
cgroup_entry drop strangers
cgroup_entry move "/ct" to "/pods/x"
cgroup_entry regroup
cgroup_entry convert
cgroup_entry fit
cgroup_entry prepare
core_entry affinity
END
echo '{"ociVersion":"1","linux":{"resources":{"cpu":{"cpus":"0-300"}}}}' >config.json
"$program" decode -i dump/cgroup.img -o cgroup.json
"$program" facts --json >facts.json
export FAULT_MARK=$work/mark

# fail WHAT COMMAND...: with each allocation in turn
fail() {
	local what=$1 n status usual tried=0 wrong=
	shift
	rm -rf out out.*
	"$program" "$@" >/dev/null 2>&1 </dev/null
	usual=$?
	for ((n = 1; ; n += n < 60 ? 1 : step)); do
		rm -rf mark out out.*
		FAIL_ALLOCATION=$n "$program" "$@" >stdout 2>stderr </dev/null
		status=$?
		[ -e mark ] || break
		tried=$((tried + 1))
		case $status in
		0 | 3 | "$usual") ;; # what was not to be had was not needed
		1) [ -s stderr ] || grep -q '"error"' stdout || wrong="$wrong $n:silent" ;;
		*) wrong="$wrong $n:status=$status" ;;
		esac
		[ $status != 1 ] || [ ! -e out ] || [ -z "$(ls -A out)" ] || wrong="$wrong $n:left"
		[ -z "$(find . /tmp -maxdepth 1 -name '.*.criu-rewrite*' -print -quit)" ] || wrong="$wrong $n:temporary"
	done
	is "$wrong" "" "$what: $tried allocations fail"
	[ $tried -gt 0 ] || tap_line "not ok" "$what: there are allocations"
}

fail check check rules
fail "check --json" check --json rules
fail plan plan --rules rules dump
fail "plan --facts" plan --json --facts facts.json --rules rules dump
fail "plan ARCHIVE" plan --rules rules in.tar
fail explain explain --rules rules dump
fail apply apply --rules rules -o out dump
fail "apply ARCHIVE" apply --rules rules -o out.tar.gz in.tar
fail "apply ARCHIVE, not compressed" apply --rules rules -o out.tar in.tar
fail show show dump
fail get get -v dump core_entry.tc.comm
fail diff diff dump other
fail facts facts
fail decode decode -i dump/cgroup.img -o out.json
fail encode encode -i cgroup.json -o out.img
fail info info in.tar:cgroup.img
fail verbs plan --rules verbs dump
for library in "$top"/rules/library/*.rules; do fail "$(basename "$library")" plan --rules "$library" dump; done
fail oci oci fit --rules rules --force -o out.json config.json
fail doctor doctor dump
echo '{"facts": {"host.cpus": "0-7", "host.mems": "0", "host.cgroup.version": 1, "host.cgroup.hierarchies": "1:cpuset"}}' >there.json
printf '%s\n' 'preflight there.json rules' >rewrite.conf
export CRIU_REWRITE_CONF=$work/rewrite.conf CRTOOLS_IMAGE_DIR=$work/dump CRTOOLS_SCRIPT_ACTION=post-dump
fail action action
tap_end
