#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `preflight`: a dump whose checkpoint would not restore at the destination is refused, and its tasks and their
# connections live on.
. /src/tests/migrate/inner/lib.sh

install_plugin
hosts
all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
mkdir -p /etc/criu
facts_with_cpus "$one" >/etc/criu/there.json
echo 'cgroup_entry fit' >/etc/criu/there.rules
echo 'when stage == "dump" { core_entry capture affinity }' >/etc/criu/own.rules

# Which is it? CRIU before 4.0 asks scripts after its plugins, before 3.19 it takes none of a plugin's beside notifications.
case $(criu --version | sed -n 's/^Version: //p') in
3.1[78]*) before_4=yes ;;
*) before_4= ;;
esac

goes_on() { # WHAT REASON OPTION...
	local what=$1 reason=$2
	shift 2
	not_ok_if "$what: the dump fails" dump "$@"
	ok "$what: the log says why" grep "$reason" $work/dump.log
	ok "$what: the source runs" runs
	ok "$what: and is served, as is a new client" served
}
refuses() { # the same
	goes_on "$@"
	not_ok_if "$1: none of the dump's own rules has run" test -e $images/rewrite-affinity.img
}

marked() {
	ok "plan says that the images are those of a refused dump" sh -c \
		"/share/criu-rewrite plan --rules /etc/criu/there.rules $images 2>&1 | grep 'was refused: would not restore at the destination'"
}

start_subject
configure <<-EOF
	rules /etc/criu/own.rules
	preflight /etc/criu/there.json
EOF
refuses "no rules there" "would not restore at the destination of /etc/criu/there.json: cpuset:/$group cpuset.cpus: it takes $one, not "
marked
configure <<-EOF
	rules /etc/criu/own.rules
	preflight /etc/criu/there.json /etc/criu/typo.rules
EOF
echo 'cgroup_entry fti' >/etc/criu/typo.rules
rm -rf $images
refuses "a typo in the rules there" "typo.rules:1:14: "
ok "which is found out before tasks are stopped" sh -c "! ls $images/core-*.img"
configure <<-EOF
	rules /etc/criu/own.rules
	preflight /etc/criu/none.json
EOF
refuses "no facts" "/etc/criu/none.json: does not exist"
configure <<-EOF
	rules /etc/criu/own.rules
	preflight /etc/criu/there.json /etc/criu/there.rules
EOF

# Whatever happens to the script that is to judge.
judge() { # LINE: of what runs in its place at post-dump
	printf '%s\n' '#!/bin/sh' "[ \$CRTOOLS_SCRIPT_ACTION != post-dump ] || { $1; }" 'exec /share/criu-rewrite action' \
		>/usr/libexec/criu-rewrite/action
}
refuses_late() { # WHAT REASON
	if [ -z $before_4 ]; then
		refuses "$@"
	else
		goes_on "$@"
		skip "$1: none of the dump's own rules has run" "this CRIU is at its end before it asks"
	fi
	rm -rf $images
}
mkfifo -m 644 /share/fifo
judge 'CRIU_REWRITE_REASON=/share/fifo exec /share/criu-rewrite action --limit 1'
refuses_late "a judgement that does not end" "preflight did not end within 1 s"
judge 'kill -9 $$'
refuses_late "one that is killed" "killed by signal 9"
judge 'exit 1'
refuses_late "one that cannot begin" "exited, status=1"
judge 'head -c 3000000 /dev/zero | tr "\\0" x; sleep 1000 & echo $! >/share/child'
ok "a dump that restores there, however much is said and whatever is left running" dump
kill "$(cat /share/child)"
install_plugin
ok "is a dump" gone
ok "its own rules have run" test -e $images/rewrite-affinity.img
not_ok_if "the images are not marked any more" test -e $images/rewrite-vetoed
stop_subject

# A destination like this host, without rules, takes all.
start_subject
/share/criu-rewrite facts --json >/etc/criu/same.json
configure <<-EOF
	preflight /etc/criu/same.json
EOF
ok "a dump for a host like this one" dump
ok "is one" gone
all_gone
# What it does not see, and CRIU does.
refused() { # HOST WHAT REASON
	not_ok_if "$2: does not restore" restore "$1"
	ok "$2: as CRIU says" grep "Error.*$3" $work/restore.log
}
refused destination "an address that is not there yet" "Can't bind"
mv /share/subject /share/elsewhere
refused source "a file that is missing" "Can't open file.*subject"
mv /share/elsewhere /share/subject
ok "where nothing is amiss it restores" restore source
refused source "a pid that is taken" "$subject.*File exists"
ok "and the tasks that have it go on" runs
stop_subject

# By RPC.
build_call
start_subject
configure <<-EOF
	preflight /etc/criu/there.json
EOF
dump_by_rpc() { mkdir -p $images && on source /share/call dump $images "$subject" $lock "$@"; }
is "$(dump_by_rpc | sed 's/ (and .*//')" "no: Error (rewrite): would not restore at the destination of /etc/criu/there.json: cpuset:/$group cpuset.cpus: it takes $one, not $all" \
	"by RPC: the answer says why"
ok "the source runs and is served" eval "runs && served"
said=$(dump_by_rpc notify)
want="no: Error (rewrite): would not restore at the destination of /etc/criu/there.json: cpuset:/$group cpuset.cpus: it takes $one, not $all"
[ -z $before_4 ] || want="no: Error (rewrite): this CRIU (before 3.19) takes no program from a plugin when its caller asks to be notified"
said=${said%%; let the caller*}
is "${said%% (and *}" "$want" "to a caller that asks to be notified as well"
ok "and the source runs and is served" eval "runs && served"
stop_subject

# By a caller that asks the library; there is no plugin.
start_subject
rm /usr/lib/criu/rewrite.so
configure <<-EOF
	preflight /etc/criu/there.json
EOF
is "$(dump_by_rpc notify library | sed -n 's/ (and .*//; s/^library: //p')" \
	"post-dump: would not restore at the destination of /etc/criu/there.json: cpuset:/$group cpuset.cpus: it takes $one, not $all" \
	"without the plugin, crw_action() of the library says no"
ok "the source runs and is served" eval "runs && served"
marked
configure <<-EOF
	preflight /etc/criu/typo.json /etc/criu/typo.rules
EOF
rm -rf $images
ok "and of what cannot be used, at pre-dump" eval "dump_by_rpc notify library | grep '^library: pre-dump: '"
ok "before tasks are stopped" sh -c "! ls $images/core-*.img"
configure <<-EOF
	preflight /etc/criu/same.json
EOF
rm -rf $images
is "$(dump_by_rpc notify library)" yes "for a host like this one it says yes"
ok "which is a dump" gone
install_plugin
stop_subject

# By whoever gives CRIU the script.
start_subject
remove_lines() { mv /usr/lib/criu/rewrite.so /usr/lib/criu/rewrite.off; }
remove_lines
configure <<-EOF
	preflight /etc/criu/there.json
EOF
refuses "without the plugin, by --action-script" "cpuset.cpus: it takes $one, not " \
	--action-script /usr/libexec/criu-rewrite/action
marked
mv /usr/lib/criu/rewrite.off /usr/lib/criu/rewrite.so
stop_subject
tap_end
