#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live migration as in migrate.sh, with the memory behind the tasks: `criu lazy-pages` at the destination fetches it while they
# run there. Every step is broken once, and the processes are on exactly one side each time.
. /src/tests/migrate/inner/lib.sh
. /src/tests/migrate/inner/migrate.lib.sh
lazy=--lazy

if ! criu check --feature uffd-noncoop >/dev/null 2>&1; then
	skip "lazy pages" "this kernel has no userfaultfd for it"
	tap_end
	exit
fi
build_migrate
install_plugin
hosts
export DESTINATION=$destination
prepare_destination
with_rules

start_subject 64
ok "migration with lazy pages" migrated "$lazy $ask_option" "$root_option"
steps_here=$(steps_of from) steps_there=$(steps_of to)
ok "the client that was connected is served on, as is a new one" served
ok "it runs there" runs_there
ok "and is gone here" gone
ok "next to no memory came before the tasks ran" test "$(kib_before)" -lt 4096
stop_subject

# --- every step broken once ---------------------------------------------------------
for name in dump files lazy-pages restore go; do
	served_still "$killed_here" $name "$here" stop-at $lazy
	served_still "$cut_here" $name "$here" cut-at $lazy
done
for name in gone pages; do
	served_anew "$killed_here" $name "$here" stop-at $lazy
	served_anew "$cut_here" $name "$here" cut-at $lazy
done
served_still "$killed_here" end "$there" stop-at $lazy
served_still "$cut_here" end "$there" cut-at $lazy
for name in file page daemon restoring ready; do
	served_still "$killed_there" $name "$here" stop-at $lazy
	served_still "$cut_there" $name "$here" cut-at $lazy
done
served_still "$killed_there" let-go "$here" stop-at $lazy
served_still "$cut_there" let-go "$there" cut-at $lazy
served_anew "$killed_there" resuming "$here" stop-at $lazy
served_still "$cut_there" resuming "$there" cut-at $lazy
for name in resumed runs complete; do
	served_still "$killed_there" $name "$there" stop-at $lazy
	served_still "$cut_there" $name "$there" cut-at $lazy
done
every_step_broken
for name in files lazy-pages restore; do served_anew "$criu_here" $name "$here" criu-at $lazy; done
for name in gone pages end; do served_still "$criu_here" $name "$there" criu-at $lazy; done
in_doubt="/share/watch 'kill -9 \$criu'"
served_anew "CRIU killed here in doubt, connection cut by the source" pages "$here" cut-at $lazy
stopped_here
in_doubt=
served_still "$criu_there" ready "$here" criu-at $lazy
served_anew "$criu_there" let-go "$here" criu-at $lazy
served_still "$criu_there" resumed "$there" criu-at $lazy
watcher='pgrep -P $PPID -x migrate'
meanwhile served_anew "the destination's watcher over lazy pages killed" let-go "$here" "kill -9 \$($watcher)" $lazy
meanwhile served_anew "the destination's criu lazy-pages killed" let-go "$here" "pkill -9 -P \$($watcher) -x criu" $lazy
rmdir "$cpuset/$small"
tap_end
