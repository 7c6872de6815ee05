#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# before, after and at-resume: when each runs, what it gets, and what its no stops, on this CRIU, by command line and by RPC, and
# whether the tables of doc/migration.md and criu-rewrite.conf(5) say so; and whether what is in the groups is what the rules said.
. /src/tests/migrate/inner/lib.sh

one=$(cat $cpuset/cpuset.cpus)
one=${one%%[-,]*}
programs=/etc/criu/programs
mkdir -p $programs /share/seen

# What it is run with, and how the first task is then.
cat >$programs/look <<'EOF'
#!/bin/sh
seen=/share/seen/$CRIU_REWRITE_MOMENT
cat >"$seen.report"
env -0 | sort -z | tr '\0' '\n' | grep -v '^\(PWD\|_\|SHLVL\)=' >"$seen.env"
ls /proc/self/fd | grep -v '^[0123]$' >"$seen.fds"
pwd >"$seen.directory"
{ nft list ruleset || iptables-save; } >"$seen.filter" 2>/dev/null
[ -z "$CRIU_REWRITE_PID" ] || sed -n 's/^State:[^a-zA-Z]*\([a-zA-Z]\).*/\1/p' "/proc/$CRIU_REWRITE_PID/status" >"$seen.state"
EOF
printf '#!/bin/sh\necho said: no\nexit 3\n' >$programs/no
printf '#!/bin/sh\nsleep 987 & exec sleep 987\n' >$programs/hangs
printf '#!/bin/sh\nkill -9 $$\n' >$programs/dies
printf '#!/bin/sh\nhead -c 3000000 /dev/zero | tr "\\0" x\nsleep 987 &\n' >$programs/talks
chmod 755 $programs/*
cp $programs/no $programs/anybody
chmod 757 $programs/anybody
# Other tests make and remove groups where the task is in the root.
cat >/etc/criu/one.rules <<-EOF
	cgroup_entry drop strangers
	cgroup_entry.controllers["cpuset" in cnames]//properties[name="cpuset.cpus"] set value=$one
EOF

checkpoint() {
	start_subject
	hang_up
	dump && cp -r $images /share/kept && stop_subject
}
again() {
	stop_subject
	all_gone
	rm -rf /share/seen/* $images
	cp -r /share/kept $images
}
settings() { printf '%s\n' "rules /etc/criu/one.rules" "$@" | configure; }
by_rpc() { # restore [WORD...]
	on source /share/call restore $images "$subject" "$@"
}

version=$(criu --version | sed -n 's/^Version: //p')
install_plugin
hosts
build_call
checkpoint
is $? 0 "a checkpoint"

# ---- when, and with what -----------------------------------------------------------
again
settings "before $programs/look" "after $programs/look" "at-resume $programs/look"
ok "a restore with one of each" restore source
ok "has the tasks" runs
is "$(cd /share/seen && echo *.report)" "before.report post-restore.report pre-resume.report" "all three have run"
for moment in before post-restore pre-resume; do
	ok "$moment: has the report" grep -q "\"after\": \"$one\"" /share/seen/$moment.report
	is "$(cut -d= -f1 /share/seen/$moment.env | tr '\n' ' ')" \
		"CRIU_REWRITE_IMAGES CRIU_REWRITE_MOMENT $([ $moment = before ] || echo "CRIU_REWRITE_PID ")PATH " "$moment: a clean environment"
	is "$(cat /share/seen/$moment.fds)" "" "$moment: no file of criu's"
	is "$(cat /share/seen/$moment.directory)" / "$moment: in /"
done
not_ok_if "before: there is no task yet" test -e /share/seen/before.state
is "$(cat /share/seen/post-restore.state)" S "after: tasks are there and wait"
is "$(cat /share/seen/pre-resume.state)" t "at-resume: they are stopped"
is "$(cat "$cpuset/$group/cpuset.cpus")" "$one" "and the group is as the rules said"
cp -r /share/seen /share/seen-once

# ---- what a no stops ------------------------------------------------------------------
nothing_made() { gone && [ ! -e "$cpuset/$group" ]; }
# What has come of a restore.
outcome() {
	if "$@" >/dev/null; then
		runs && echo "a no is a line in the log"
	else
		gone && echo "a no stops the restore"
	fi
}
declare -A no
again
settings "before $programs/no" "at-resume $programs/look"
no[before]=$(outcome restore source)
ok "before says no: the reason is in the log" grep -q "Error (rewrite): before: $programs/no ended with status 3" $work/restore.log
ok "and what it said" grep -q "^said: no" $work/restore.log
ok "with nothing made" nothing_made
settings "on-error continue" "before $programs/no"
not_ok_if "with on-error continue as well" restore source
again
settings "after $programs/no" "after $programs/look" "at-resume $programs/look"
no[after]=$(outcome restore source)
ok "after says no: the reason is in the log" grep -q "post-restore: $programs/no ended with status 3" $work/restore.log
ok "and no task is left" gone
is "$(ls /share/seen)" "" "and no later program runs"
again
settings "at-resume $programs/no"
echo "it would not restore" >$images/rewrite-vetoed
no[at-resume]=$(outcome restore source)
ok "at-resume says no: the log says that it said no" grep -q "pre-resume: $programs/no ended with status 3" $work/restore.log
ok "and the tasks run" runs
ok "and of images of a refused dump it says so" grep -q "rewrite: the dump of this checkpoint was refused: it would not restore" \
	$work/restore.log
again
settings "after $programs/anybody"
not_ok_if "a program that anybody may write: the restore fails" restore source
ok "which the log says" grep -q "$programs/anybody: mode 0757 lets everybody write it" $work/restore.log
again
settings "dry-run" "before $programs/no" "after $programs/no"
restore source
not_ok_if "with dry-run no program runs" grep -q "ended with status 3" $work/restore.log

# ---- the tables say so ------------------------------------------------------------------
tasks_at() { # MOMENT
	case $(cat "/share/seen-once/$1.state" 2>/dev/null) in
	S) echo "all tasks are there, and wait" ;;
	t) echo "they are complete, and stopped" ;;
	'') echo "nothing is made yet" ;;
	esac
}
column() { awk -F ' *[|] *' -v row="\`$1\`" -v n="$2" '$2 == row { print $n }' /src/doc/migration.md; } # ROW N
while read -r option moment; do
	tasks=$(tasks_at "$moment")
	is "$(column "$option" 3), $(column "$option" 4)" "$tasks, ${no[$option]}" "$option, in doc/migration.md"
	ok "$option, in criu-rewrite.conf(5)" grep -qx ".It Ic $option Ta \"$tasks\" Ta \"${no[$option]}\"" /src/doc/criu-rewrite.conf.5
done <<-EOF
	before before
	after post-restore
	at-resume pre-resume
EOF
stop_subject

# ---- programs that misbehave ---------------------------------------------------------------
# What is killed takes a moment to end.
none_left() {
	local n=0
	while pgrep -f '^sleep 987' && [ $n -lt 2000 ]; do n=$((n + 1)); sleep 0.05; done
	[ $n -lt 2000 ]
}
while read -r option moment; do
	for end in "dies was killed by signal 9" "hangs did not end within 1 s and was killed"; do
		install_plugin
		[[ $end = dies* ]] ||
			printf '#!/bin/sh\nexec /share/criu-rewrite action --limit 1 "$@"\n' >/usr/libexec/criu-rewrite/action
		again
		settings "$option $programs/${end%% *}"
		if [ "$option" = at-resume ]; then
			ok "$option ${end%% *}: the restore does not fail" restore source
			ok "and the tasks run" runs
		else
			not_ok_if "$option ${end%% *}: the restore fails" restore source
			ok "and no task is left" gone
		fi
		ok "the log says why" grep -q "$moment: $programs/$end" $work/restore.log
		ok "and nothing of it is left" none_left
	done
done <<-EOF
	before before
	after post-restore
	at-resume pre-resume
EOF
install_plugin
again
settings "before $programs/talks" "after $programs/talks" "at-resume $programs/talks"
ok "programs that say megabytes, and leave one that keeps its output open" restore source
ok "and the tasks run" runs
pkill -f '^sleep 987'

# ---- the shipped example ------------------------------------------------------------------
asked() { timeout 15 nsenter --net=/run/netns/client /share/subject ask1 $address "$1" 2>/dev/null; }
# It is started in the background.
listens() {
	local n=0
	until asked "$1"; do
		n=$((n + 1))
		[ $n -lt 1000 ] || return 1
		sleep 0.1
	done
}
firewall() {
	again
	on source /share/subject serve $address 7001 1 >/dev/null
	ok "another port of the address can be reached" listens 7001
	install -D -m 755 /src/cli/programs/firewall /usr/lib/criu-rewrite/programs/firewall
	install -m 755 /share/criu-rewrite /usr/bin/
	settings "after /usr/lib/criu-rewrite/programs/firewall"
	ok "restore with the firewall" restore source
	ok "which says what it does" grep -q "^firewall: $address takes new connections to port $port alone" $work/restore.log
	ok "the restored port can be reached" asked $port
	not_ok_if "the other one cannot any more" asked 7001
	again
	settings "after /usr/lib/criu-rewrite/programs/firewall"
	ok "and once more" restore source
	ok "with the same rule once" sh -c "[ \$(nsenter --net=/run/netns/source sh -c 'nft list ruleset || iptables-save' 2>/dev/null | grep -c 'd.*$address.*drop\|$address.*DROP') = 1 ]"
}
if command -v nft iptables >/dev/null; then
	firewall
else
	skip "the shipped example, a firewall" "neither nft nor iptables is here"
fi

# ---- by RPC ------------------------------------------------------------------------------
again
settings "before $programs/no"
is "$(by_rpc)" "no: Error (rewrite): before: $programs/no ended with status 3" "by RPC: the no of before is the answer"
again
settings "after $programs/no"
is "$(by_rpc)" "no: Error (rewrite): post-restore: $programs/no ended with status 3" "the no of after is the answer"
ok "and no task is left" gone
again
settings "after $programs/look" "at-resume $programs/look"
said=$(by_rpc notify) old_rpc=no
case $version in
3.1[78]*)
	old_rpc=yes
	is "${said%%;*}" "no: Error (rewrite): this CRIU (before 3.19) takes no program from a plugin when its caller asks to be notified" \
		"to a caller that asks to be notified this CRIU could not give a program, which is said"
	ok "with nothing made" nothing_made
	;;
*)
	is "$said" yes "a caller may ask to be notified"
	is "$(cd /share/seen && echo *.report)" "post-restore.report pre-resume.report" "and programs run"
	;;
esac
with_notify="as above; the caller is asked first"
[ $old_rpc = no ] || with_notify="the dump or restore is refused, with the reason"
row=$(sed -n "s/^| \([^|]*, \)*$version\(, [^|]*\)* | //p" /src/doc/migration.md)
if [ -n "$row" ]; then
	is "$row" "as above | $with_notify |" "CRIU $version, in doc/migration.md"
else
	skip "CRIU $version, in doc/migration.md" "the table is about others"
fi
stop_subject

# ---- what was written --------------------------------------------------------------------
written() { # VALUE: as post-restore sees it, with a list that says so
	mkdir -p "$cpuset/$group-list"
	echo "$one" >"$cpuset/$group-list/cpuset.cpus"
	printf '%s\t%s\n' "$cpuset/$group-list/cpuset.cpus" "$1" >/share/list
	CRIU_REWRITE_WRITTEN=/share/list /usr/libexec/criu-rewrite/action post-restore 2>&1
}
settings
is "$(written "$one,$one"; echo $?)" 0 "a group that is as the rules said"
is "$(written 7)" "criu-rewrite: $cpuset/$group-list/cpuset.cpus is $one, the rules said 7" "one that is not, is a no"
rmdir "$cpuset/$group-list"
# Its caller, who is asked first, has changed what was restored.
again
settings "after $programs/look"
if [ $old_rpc = yes ]; then
	skip "a restore that is not as the rules said" "no program together with a caller that is notified"
else
	changed=$(cat $cpuset/cpuset.cpus)
	is "$(AT_POST_RESTORE="echo $changed >$cpuset/$group/cpuset.cpus" by_rpc notify)" \
		"no: Error (rewrite): $cpuset/$group/cpuset.cpus is $changed, the rules said $one" \
		"a restore that is not as the rules said is refused"
	ok "and no task is left" gone
	is "$(ls /share/seen)" "" "and no program runs"
fi
stop_subject

# ---- connections (the last, as its tasks have other numbers; without the example's rule) ------
hosts
held_at() { if grep -q $port "/share/seen/$1.filter"; then echo held; else echo let go; fi; } # MOMENT
start_subject
ok "a dump with a connection" dump
rm -rf /share/seen/*
settings "after $programs/look" "at-resume $programs/look"
ok "a restore of it" eval "all_gone && restore source"
if [ -s /share/seen/post-restore.filter ]; then
	is "$(column after 5), $(column at-resume 5)" "$(held_at post-restore), $(held_at pre-resume)" "connections, in doc/migration.md"
else
	skip "connections, in doc/migration.md" "neither nft nor iptables is here"
fi
stop_subject
tap_end
