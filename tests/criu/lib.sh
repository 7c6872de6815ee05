# SPDX-License-Identifier: GPL-2.0-only
# What the tests with real CRIU share. Sourced, never run.
# shellcheck shell=bash disable=SC2034
#
# A test is one file. Started on the machine, it runs itself with a word (`dump`, `restore`, ...) in the laboratory's
# rootfs (here) or in an emulated machine (machine), where the words name its functions; see the end of this file.

set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$root/tests/lab
test=$(basename "$0" .sh)
# The cgroup of this test, unlike any other's: the cgroup tree is shared by all that run at once.
group=lab-$test

fail() { echo "FAIL $test: $*" >&2; exit 1; }
note() { echo "# $*"; }

# --- on the machine ------------------------------------------------------------------------------------------------

# A directory that travels from machine to machine as /share, with the tree in it. Gone at the end.
new_share() {
	local skipped
	mkdir -p "$root/.lab"
	share=$(mktemp -d "$root/.lab/$test.XXXXXX")
	trap 'rm -rf "$share"' EXIT
	here trixie build
}

# Runs a function of this test elsewhere. A skip there is a skip of the test.
here() { elsewhere "$lab/enter.sh" --share "$share" "$1" bash "/src/tests/criu/$test.sh" "${@:2}"; }
machine() { # OPTION... -- FUNCTION [ARGUMENT...]
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	elsewhere "$lab/machine.sh" --share "$share" "${options[@]}" bash "/src/tests/criu/$test.sh" "${@:2}"
}
elsewhere() {
	local status=0
	"$@" || status=$?
	case $status in
	0) ;;
	77) exit 77 ;;
	*) fail "${*: -1}: exit status $status" ;;
	esac
}

host_cpus() { nproc --all; }

# A v1 cpuset that groups can be made in: a Debian as installed has none, the emulated machines have.
has_v1_cpuset() { [ -w /sys/fs/cgroup/cpuset/cpuset.cpus ]; }

# --- inside --------------------------------------------------------------------------------------------------------

tree() { "$lab/tree.sh" "$@"; }
build() { tree build /share; }

tree_start() { # [CPUS]
	tree groups "$group" "$@"
	tree start /share "$group"
}

leader() { sed -n 's/^leader //p' /share/pids; }

# Into /share/img, and the tree is gone afterwards. Options are CRIU's.
dump() {
	mkdir -p /share/img
	timeout -k 5 60 criu dump -t "$(leader)" -D /share/img -o dump.log -v4 "$@" || {
		log dump
		fail "criu dump"
	}
	wait_gone
}

# From /share/img; says with its exit status whether CRIU could. A restore that fails late can hang: hence the timeout.
restore() {
	timeout -k 5 60 criu restore -d -D /share/img -o restore.log -v4 "$@"
}

log() { grep -hE 'Error|Warn|rewrite:' "/share/img/$1.log" >&2 || tail -n 20 "/share/img/$1.log" >&2; }

wait_gone() { tree gone /share; }

assert_restores() {
	restore "$@" || {
		log restore
		fail "criu restore"
	}
}

assert_refused() { # TEXT [OPTION...]: CRIU's restore fails and its log says TEXT
	if restore "${@:2}"; then fail "criu restore succeeded, expected: $1"; fi
	assert_logged "$1"
}

assert_logged() {
	grep -qF -- "$1" /share/img/restore.log || {
		log restore
		fail "CRIU's log does not say: $1"
	}
}

# The tree lives, with the memory it had, and its groups have these CPUs.
assert_alive() { tree check /share || fail "the restored tree does not live"; }
assert_cpus() { # CPUS
	local found expected
	found=$(tree cpus "$group")
	expected="$group $1
$group/in $1
$group/in/deep $1"
	[ "$found" = "$expected" ] || fail "cpuset.cpus, expected $1 in each:
$found"
}

tree_stop() {
	tree stop /share
	tree clean "$group"
}

# One number for what a restore must leave as it was. The log and the statistics are CRIU's own business.
sha_of_images() {
	(cd /share/img && find . -type f ! -name '*.log' ! -name 'stats-*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# --- the end -------------------------------------------------------------------------------------------------------
# A test ends with `run "$@"`: its function `main` on the machine, the named function inside.
run() {
	if [ $# -gt 0 ]; then
		trap 'tree clean "$group" 2>/dev/null || :' EXIT
		"$@"
	else
		new_share
		main
		echo "ok $test"
	fi
}
