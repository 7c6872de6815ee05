#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Live migration between two hosts (../migrate.c): memory by pre-dumps over one socket and one `criu swrk`, a pipe pair, a
# listening and an established connection. The destination has fewer CPUs, groups in another place, and takes the address
# over. Then every step is broken once, and the processes are on exactly one side each time.
. /src/tests/migrate/inner/lib.sh

. /src/tests/migrate/inner/migrate.lib.sh

ok "the example builds from what libcriu-dev brings" build_migrate
hosts
export DESTINATION=$destination
prepare_destination

# --- without it: the source is dead before anybody knows ------------------------
start_subject
ok "without the plugin: the dump" dump
/etc/criu/take-address
not_ok_if "does not restore" restore destination --cgroup-root "cpuset:/$small/ct"
ok "where there are fewer CPUs" grep -q 'Error.*cpuset.cpus' $work/restore.log
ok "and the source is dead" gone
stop_subject

# --- with the preflight alone: it lives ------------------------------------------
install_plugin
facts_with_cpus "$one" >/etc/criu/there.json
configure <<<"preflight /etc/criu/there.json"
start_subject
not_ok_if "with the preflight alone: no dump" dump
ok "the source is alive" runs
ok "and served" served
not_ok_if "nor is it migrated" migrate "$ask_option" "$root_option"
ok "the source is alive" runs
ok "and served" served
ok "which the program says" grep -q 'the tasks go on here' /share/from.log
stop_subject

is "$(/share/migrate from $$ /share/from 0 1 0 --ask /share/ask --froze 5 2>&1; echo $?)" \
	"migrate: --froze: there is no such option, or it has no value
2" "an option that does not exist"
is "$(/share/migrate from $$ /share/from 0 1 0 2>&1; echo $?)" \
	"migrate: --ask is missing: how to ask the destination if it is in doubt
2" "nobody migrates without a way to ask"
mkdir /share/empty
is "$(/share/migrate outcome /share/empty 2>&1; echo $?)" "migrate: /share/empty: no tasks were restored by what is here
2" "of a directory in which nothing is noted nothing is known"

# --- migration -------------------------------------------------------------------
with_rules
start_subject 64
ok "migration in $((rounds + 1)) rounds" migrated "$ask_option" "$root_option"
steps_here=$(steps_of from) steps_there=$(steps_of to)
ok "the client that was connected is served on, as is a new one" served
ok "it runs there" runs_there
ok "and is gone here" gone
ok "it says how long they were stopped" grep -q '^migrated: let go after [0-9]* ms, all there after [0-9]* ms$' /share/from.log
is "$(on destination sed -n 's/^[0-9]*:cpuset://p' "/proc/$subject/cgroup") $(cat "$cpuset/$small/ct/cpuset.cpus")" "/$small/ct $one" \
	"in the destination's group, on its CPUs"
if [ $rounds = 0 ]; then
	skip "memory in rounds" "this kernel does not track it"
else
	is "$(grep -c '^round [01]: [0-9]* pages, [0-9]* KiB/s$' /share/from.log)" 2 "it says what each round brought"
	ok "most of the memory went in the first round" test "$(pages 0)" -gt $((2 * $(pages 2)))
fi
stop_subject
if [ $rounds != 0 ]; then
	start_subject
	ok "migration with rounds until one is small enough" migrated "$ask_option --enough 100000" "$root_option"
	is "$(cd /share/to && echo [0-9]*)" "0 1" "which was the first"
	ok "and the client is served on" served
	stop_subject
	rounds=1 # has all the steps
fi

# --- what goes wrong at the destination ------------------------------------------------
goes_on_here() { # WHAT [OPTION...]
	local what=$1
	shift
	start_subject
	not_ok_if "$what: not migrated" migrate "$ask_option $*" "$root_option $to_option"
	settle
	is "$(where)" "$here" "$what: the tasks go on where they were"
	ok "$what: and served" served
	stop_subject
}
goes_on_here "stopped for longer than they may be" --frozen 1
ok "which the program says" grep -q 'may not be stopped for longer' /share/from.log
disk=4m goes_on_here "memory that finds no room at the destination"
disk=64m at_step='dd if=/dev/zero of=/share/to/full bs=4k 2>/dev/null || :'
to_option="--run-at file" goes_on_here "images that find no room at the destination"
disk=64m to_option="--run-at restoring" goes_on_here "a note that finds no room at the destination"
ok "which is said" grep -q 'no room to note' /share/to.log
disk='' at_step=''
printf '#!/bin/sh\nexit 1\n' >/etc/criu/says-no
chmod 755 /etc/criu/says-no
with_rules "after /etc/criu/says-no"
goes_on_here "a program of the destination's that says no behind the word to let go"
with_rules
echo 'cgroup_entry fti' >/etc/criu/typo.rules
on destination mount --bind /etc/criu/typo.rules /etc/criu/there.rules
goes_on_here "a typo in the destination's rules"
ok "in whose log it is" grep "there.rules:1:14: unknown action 'fti'" /share/to/*/restore.log
on destination umount /etc/criu/there.rules

# --- every step broken once ---------------------------------------------------------
early=
[ $rounds = 0 ] || early="pre-dump pre-dumped"
for name in $early dump round-sent files restore go; do
	served_still "$killed_here" $name "$here" stop-at
	served_still "$cut_here" $name "$here" cut-at
done
for name in gone end; do
	served_still "$killed_here" $name "$there" stop-at
	served_still "$cut_here" $name "$there" cut-at
done
for name in page-server wait file restoring ready; do
	served_still "$killed_there" $name "$here" stop-at
	served_still "$cut_there" $name "$here" cut-at
done
served_still "$killed_there" let-go "$here" stop-at
served_still "$cut_there" let-go "$there" cut-at
served_anew "$killed_there" resuming "$here" stop-at
served_still "$cut_there" resuming "$there" cut-at
for name in resumed runs complete; do
	served_still "$killed_there" $name "$there" stop-at
	served_still "$cut_there" $name "$there" cut-at
done
for name in files restore; do served_anew "$criu_here" $name "$here" criu-at; done
for name in gone end; do served_still "$criu_here" $name "$there" criu-at; done
served_still "$criu_there" ready "$here" criu-at
for name in let-go resuming; do served_anew "$criu_there" $name "$here" criu-at; done
served_still "$criu_there" resumed "$there" criu-at
every_step_broken

# --- more than one thing at once --------------------------------------------------------
served_still "$interrupted_here" files "$here" interrupt-at
served_still "$interrupted_here" gone "$there" interrupt-at
served_still "$interrupted_there" ready "$here" interrupt-at
served_still "$interrupted_there" resumed "$there" interrupt-at
meanwhile served_still "the destination's page server killed" page-server "$here" 'pkill -9 -x criu'
both='pkill -9 -x criu; kill -9 $PPID'
at_step=$both breaks "all of the destination's processes killed" ready "here yes, there yes" run-at
# That waits there, and does nothing.
on destination /share/migrate outcome /share/to
is "$? $(where)" "11 $here" "until somebody asks what has come of it"
ok "and served" served
stop_subject
meanwhile served_still "all of the destination's processes killed" let-go "$here" "$both"
meanwhile served_anew "all of the destination's processes killed" resuming "$here" "$both"

# --- nothing is heard any more ----------------------------------------------------------
network_lost "network lost, which the source does not know" restore "$here"
network_lost "network lost with the word to let go, by the source" go "$here"
network_lost "network lost with the answer to it, by the destination" let-go "$there"
patience=1 told='pkill -CONT -f "/share/migrate to"' # and nsenter, which stops with it
ask_option="$ask_option --cut-at gone" meanwhile served_still "the destination's program stands still" let-go "$here" 'kill -STOP $PPID'
ok "and may let nothing go any more" grep -q 'they never will be' /share/to.log
patience='' told=''

# --- from the word to let them go on they do nothing here, whatever ends ----------------
in_doubt="/share/watch 'kill -9 \$criu'"
served_still "CRIU killed here in doubt, connection cut by the source" gone "$there" cut-at
stopped_here
# One of them was stopped before, and stays so.
stop_idle() {
	idle=$(pgrep -n -P "$subject")
	kill -STOP "$idle"
	until [ "$(idle_state)" = T ]; do sleep 0.02; done
}
idle_state() { sed -n 's/^State:[^A-Z]*\([A-Z]\).*/\1/p' "/proc/$idle/status"; }
before=stop_idle breaks "CRIU killed here in doubt, the destination's program killed" let-go "$here" stop-at
ok "and a new client is served" on client /share/subject ask1 $address $port
is "$(idle_state)" T "and who was stopped before is so still"
stop_subject
stopped_here
in_doubt='/share/watch "pkill -9 -f \"^/share/migrate from\""'
start_subject
not_ok_if "both processes of the source killed in doubt" migrate "$ask_option --cut-at gone" "$root_option"
ok "the tasks run at the destination" runs_there
ok "and are served" served
stopped_here
stop_subject
in_doubt=

# --- CRIU says no when the tasks run at the destination --------------------------------
: >/etc/criu/no.rules
with_rules "preflight /etc/criu/there.json /etc/criu/no.rules"
served_still "preflight's no when it is too late" none "$there" stop-at
ok "which was a no" grep -q 'look at dump.log here' /share/from.log
with_rules
# Nobody ends the tasks here before it has been seen what they do.
cat >/etc/criu/late-no <<'EOF'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0
pkill -STOP -f '^/share/migrate from'
setsid sh -c "/share/watch 'touch /share/watches'; pkill -CONT -f '^/share/migrate from'" >/dev/null 2>&1 &
until [ -e /share/watches ]; do sleep 0.02; done
exit 1
EOF
chmod 755 /etc/criu/late-no
echo 'action-script /etc/criu/late-no' >/etc/criu/default.conf
served_still "a script's no when it is too late" none "$there" stop-at
ok "which was a no" grep -q 'look at dump.log here' /share/from.log
stopped_here
rm /etc/criu/default.conf
rmdir "$cpuset/$small"
tap_end
