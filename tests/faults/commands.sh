#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command when the system fails it: each of its system calls in turn. It ends with an error that says so and what it
# was to write is as before, or it has written and printed what it should. FAULTS=all tries every one, else it is a sample.
# write.sh has more of apply.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
# shellcheck source=tests/cli/image
. "$top/tests/cli/image"
# shellcheck source=tests/faults/lib.sh
. "$here/lib.sh"
program=${PROGRAM:-$top/build/criu-rewrite}
[ -x "$program" ] || { echo "SKIP: there is no $program; run make"; exit 77; }
strace -o /dev/null -e trace=write true 2>/dev/null || { echo "SKIP: strace is not here or may not trace"; exit 77; }
umask 022
unset CRIU_REWRITE_CONF
step=${FAULTS:-67}
[ "$step" != all ] || step=1
work=$(mktemp -d /tmp/criu-rewrite-faults.XXXXXX)
trap 'cd / && umount "$work" 2>/dev/null; rm -rf "$work"' EXIT
mount -t tmpfs -o mode=700 tmpfs "$work" 2>/dev/null # where fsync costs nothing
mkdir "$work/tmp" "$work/was" "$work/at" && cd "$work/at" || exit 1
export TMPDIR=$work/tmp

# ---- what there is to work on: $work/was, of which each command gets a copy in $work/at
checkpoint ../was/dump
rm ../was/dump/stats-dump
encode() { "$program" encode -o "../was/$1"; }
echo '{"magic": "INVENTORY", "entries": [{"img_version": 2, "root_cg_set": 1, "compress": 0}]}' | encode dump/inventory.img
echo '{"magic": "PSTREE", "entries": [{"pid": 1, "ppid": 0, "pgid": 1, "sid": 1, "threads": [1]}]}' | encode dump/pstree.img
echo '{"magic": "PAGEMAP", "entries": [{"pages_id": 1}, {"vaddr": 4096, "nr_pages": 2, "flags": 4}]}' | encode dump/pagemap-1.img
head -c 8192 /dev/zero >../was/dump/pages-1.img
(cd ../was && mkdir checkpoint && cp dump/*.img checkpoint && tar -cf in.tar checkpoint && rm -r checkpoint)
cp -r ../was/dump ../was/other
image ../was/other/cgroup.img 0x59383330 "$(cgroup cpuset.cpus 0-1 cpuset.mems 0)"
cat >../was/rules <<'END'
cgroup_entry//properties[name="cpuset.cpus"] set value="0-1"
core_entry.tc set exit_code=7
END
echo '{"ociVersion":"1","linux":{"resources":{"cpu":{"cpus":"0-300"}}}}' >../was/config.json
"$program" decode -i ../was/dump/cgroup.img -o ../was/cgroup.json
"$program" facts --json >../was/facts.json
echo '{"facts": {"host.cpus": "0-7", "host.mems": "0", "host.cgroup.version": 1, "host.cgroup.hierarchies": "1:cpuset"}}' >../was/there.json
printf '%s\n' 'preflight there.json rules' >../was/rewrite.conf
# A host that nobody else changes.
(
	mkdir -p ../was/host/proc/self ../was/host/sys/fs/cgroup/cpuset/ct/in && cd ../was/host || exit
	echo 5:cpuset:/ >proc/self/cgroup
	echo '31 30 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset' >proc/self/mountinfo
	for dir in sys/fs/cgroup/cpuset sys/fs/cgroup/cpuset/ct; do
		echo 0-1 >$dir/cpuset.cpus
		echo 0 >$dir/cpuset.mems
		echo 7 >$dir/cgroup.procs
	done
)

afresh() {
	rm -rf ../at/* ../at/.[!.]* ../tmp/*
	cp -r ../was/. .
}

# "openat 57": the 57th openat of one of the command's processes, behind those by which the program is loaded.
find_calls() { # COMMAND...
	strace -qq -f -o ../trace "$program" --version >/dev/null 2>&1
	sed 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/' ../trace | sort | uniq -c | awk '{ print $2, $1 }' >../loading
	afresh
	strace -qq -f -o ../trace "$program" "$@" >/dev/null 2>&1 </dev/null
	awk 'NR == FNR { if ($1 != "write") loading[$1] = $2; next }
		!($1 in first) { first[$1] = FNR == 1 || !begun++ }
		match($2, /^[a-z0-9_]+\(/) {
			name = substr($2, 1, RLENGTH - 1)
			n = ++count[$1, name]
			if ((!first[$1] || n > loading[name]) && !seen[name, n]++) print name, n
		}' ../loading ../trace
}

# What is there, but what a command was to write is compared as $1 says.
same() { diff -r -x '.*' "$1" . >/dev/null; }

# In what state is the checkpoint that is replaced in place? As in write.sh.
settle() { "$program" show dump >/dev/null 2>&1; }

# What can be known without the file that fails is printed, if that is said.
says_why() { grep -qE "Input/output error|Permission denied|Too many open files|Interrupted system call|Cannot allocate|No space left" ../stdout ../stderr; }

look() { # STATUS CALL
	case $1 in
	"$usual")
		cmp -s ../stdout ../stdout.right || says_why || echo other-output
		same ../right || echo other-files
		;;
	1 | 126) # 126: a program that cannot be run
		[ -s ../stderr ] || grep -q '"error"' ../stdout || echo silent
		[ "${CRTOOLS_SCRIPT_ACTION-}" != post-dump ] || rm -f other/rewrite-vetoed # the mark of a dump that is refused
		settle
		same ../was || same ../right || echo neither
		;;
	*) echo "status=$1" ;;
	esac
	case $2 in unlink* | rmdir | getdents64 | openat | newfstatat) ;; *) [ -z "$(ls -A ../tmp)" ] || echo temporary ;; esac
	[ -z "$(find . -name '.*criu-rewrite*')" ] || echo left
}

n=0
fail() { # COMMAND...
	local call number error what tried=0 wrong=
	afresh
	"$program" "$@" >../stdout.right 2>/dev/null </dev/null
	usual=$?
	rm -rf ../right && cp -r . ../right
	find_calls "$@" >../calls
	while read -r call number; do
		for error in $(errors_of "$call"); do
			n=$((n + 1))
			[ $((n % step)) = 0 ] || continue
			afresh
			strace -qq -f -o ../trace -e "trace=$call" -e "inject=$call:error=$error:when=$number" \
				"$program" "$@" >../stdout 2>../stderr </dev/null
			what=$(look $? "$call" | tr '\n' ' ')
			tried=$((tried + 1))
			[ -z "$what" ] || wrong="$wrong
$call#$number:$error: $what$(head -n 1 ../stderr)"
		done
	done <../calls
	is "$wrong" "" "$*: $tried calls fail"
}

while read -r line; do
	# shellcheck disable=SC2086
	fail $line
done <<'END'
check rules
plan --rules rules dump
explain --rules rules dump
apply -q --rules rules -o out dump
apply -q --rules rules --in-place dump
apply -q --rules rules -o out.tar.gz in.tar
apply -q --rules rules -o out.tar in.tar
show dump
show --cgroups --root host dump
doctor --root host dump
get dump core_entry.tc.comm
diff dump other
facts --facts facts.json --json
decode -i dump/cgroup.img -o out.json
decode -i dump/core-1.img
encode -i cgroup.json -o out.img
encode -i cgroup.json -o dump/cgroup.img
info in.tar:cgroup.img
x dump ps
x --json dump mems
compress dump
compress --in-place dump
oci fit --rules rules config.json
oci fit --rules rules --force -o out.json config.json
restore --criu nothing --rules rules -D dump
END
# What cannot be looked at is not said to be something else.
afresh
refused() { # CALL FILE COMMAND...
	strace -qq -o /dev/null -P "$PWD/$2" -e "trace=$1" -e "inject=$1:error=EIO" "$program" "${@:3}" 2>&1
}
is "$(refused pread64 in.tar get in.tar pid)" "criu-rewrite: in.tar: Input/output error" "an archive that cannot be read"
is "$(refused pread64 in.tar decode -i in.tar:cgroup.img)" "criu-rewrite: in.tar: Input/output error" "for one image of it"
is "$(refused newfstatat dump/core-1.img doctor --root host dump | grep -om1 "core-1.img cannot be looked at: [^;]*;")" \
	"core-1.img cannot be looked at: Input/output error;" "an image of which nothing is known"
# As CRIU calls it: of a dump that may go on.
for moment in pre-dump post-dump; do
	export CRIU_REWRITE_CONF=$work/at/rewrite.conf CRTOOLS_IMAGE_DIR=$work/at/other CRTOOLS_SCRIPT_ACTION=$moment
	fail action
done
unset CRIU_REWRITE_CONF
# Whole only: the groups of this machine come and go.
[ $step != 1 ] || fail prepare --rules rules --cgconfig dump
tap_end
