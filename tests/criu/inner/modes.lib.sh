# SPDX-License-Identifier: GPL-2.0-only
# For the scripts about modes, sourced: the table of doc/modes.md, and the checkpoint that it is asserted with.
# shellcheck shell=bash
. /src/tests/criu/inner/lib.sh

install_plugin

# outcome_of MODE COLUMN: the cell of the table, columns counted from 1 behind the mode's own
outcome_of() {
	awk -F' *[|] *' -v mode="\`$1\`" -v column=$(($2 + 2)) '
		/^\| mode \| nothing is there/ { table = 1 }
		table && $2 == mode { print $column }' /src/doc/modes.md
}
modes="ignore none props soft full strict opport bind"

# Where a task of the tree is: in the hierarchy of this line of /proc/PID/cgroup.
place() { sed -n "s,^[0-9]*:$1:,,p" "/proc/$(leader)/cgroup"; }
own_place() { sed -n "s,^[0-9]*:$1:,,p" /proc/self/cgroup; }

stop_tree() { if [ -e "/proc/$(leader)" ]; then tree stop $tree; fi; }
remove_groups() { # DIRECTORY...: each, with what is below
	local g try
	for g in $(find "$@" -depth -type d 2>/dev/null); do
		for try in $(seq 50); do rmdir "$g" 2>/dev/null && break || sleep 0.02; done
	done
}
