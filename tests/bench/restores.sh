#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the laboratory: the system calls that criu makes to restore a tree, beyond those without the plugin.
. /src/tests/criu/inner/lib.sh

# The fewest of three: some of criu's own depend on how fast its children are.
count() {
	local least= n
	for _ in 1 2 3; do
		strace -o /share/strace criu restore -d -D "$images" -W "$work" -o restore.log --manage-cgroups || return
		n=$(grep -c '(' /share/strace)
		if [ -z "$least" ] || [ "$n" -lt "$least" ]; then least=$n; fi
		tree stop "$tree"
	done
	echo "$least"
}

measure() { echo "restore-$1 $(($(count) - plain))"; }

{
	tree groups "$group"
	tree start "$tree" "$group"
	dump
	plain=$(count)
	install_plugin
	unconfigure
} >&2
measure idle
configure <<<'core_entry.tc set exit_code=1'
measure set
configure <<<'include "/src/rules/library/host-fit.rules"'
measure host-fit
configure <<<'include "/src/rules/library/default.rules"'
measure default
unconfigure
clean >&2
