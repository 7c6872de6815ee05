#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live migration between two hosts (../migrate.c): memory by pre-dumps over one socket and one `criu swrk`, a pipe pair, a
# listening and an established connection. The destination has fewer CPUs, groups in another place, and takes the address
# over. Then every step is broken once, and the processes are on exactly one side each time.
. /src/tests/migrate/inner/lib.sh

. /src/tests/migrate/inner/migrate.lib.sh

ok "the example builds from what libcriu-dev brings" build migrate migrate.c rpc.c channel.c
install_plugin
hosts
export DESTINATION=$destination
prepare_destination

# --- without it: the source is dead before anybody knows ------------------------
without_rules
start_subject
ok "plain CRIU: the dump" dump
not_ok_if "does not restore where there are fewer CPUs" restore destination --cgroup-root "cpuset:/$small/ct"
ok "and the source is dead" gone
stop_subject

# --- migration -------------------------------------------------------------------
with_rules
start_subject 64
ok "migration in $((rounds + 1)) rounds" migrate "$ask_option" "$root_option"
ok "the client that was connected is served on, as is a new one" served
ok "it runs there" runs_there
ok "and is gone here" gone
is "$(on destination sed -n 's/^[0-9]*:cpuset://p' "/proc/$subject/cgroup") $(cat "$cpuset/$small/ct/cpuset.cpus")" "/$small/ct $one" \
	"in the destination's group, on its CPUs"
if [ $rounds = 0 ]; then
	skip "memory in rounds" "this kernel does not track it"
else
	ok "most of the memory went in the first round" test "$(pages 0)" -gt $((2 * $(pages 2)))
fi
cat /share/from.log >/share/log.migration
stop_subject

# --- every step broken once ---------------------------------------------------------
# Until all of CRIU has ended, on both sides.
settle() {
	local n=0
	while pgrep -x 'criu|migrate' >/dev/null && [ $n -lt 200 ]; do n=$((n + 1)); sleep 0.05; done
}

where() {
	local here=no there=no
	! runs || here=yes
	! runs_there || there=yes
	gone || [ $here = yes ] || here=stuck
	gone_there || [ $there = yes ] || there=stuck
	echo "here $here, there $there"
}

# WHAT STEP WHERE
breaks() {
	local from="$ask_option" to="$root_option"
	case $1 in
	*source*) from="$from --$4 $2" ;;
	*) to="$to --$4 $2" ;;
	esac
	start_subject
	migrate "$from" "$to"
	settle
	is "$(where)" "$3" "$1 at $2"
	ok "and served" served
	stop_subject
}

here="here yes, there no" there="here no, there yes"
for name in dump round-sent files restore go; do
	breaks "the source's program killed" $name "$here" stop-at
	breaks "connection cut by the source" $name "$here" cut-at
done
for name in gone end; do
	breaks "the source's program killed" $name "$there" stop-at
	breaks "connection cut by the source" $name "$there" cut-at
done
for name in page-server wait file restoring ready; do
	breaks "the destination's program killed" $name "$here" stop-at
	breaks "connection cut by the destination" $name "$here" cut-at
done
breaks "the destination's program killed" let-go "$here" stop-at
breaks "connection cut by the destination" let-go "$there" cut-at
breaks "the destination's program killed" runs "$there" stop-at
breaks "connection cut by the destination" runs "$there" cut-at
rmdir "$cpuset/$small"
tap_end
