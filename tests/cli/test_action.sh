#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The action script without CRIU: what it says to a dump by the facts of the destination, and how it runs programs.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

# A task in /ct of cpuset, with CPUs 0-7.
checkpoint dump
image dump/cgroup.img 0x59383330 "$(message 1 "$(number 1 1)$(message 2 "$(text 1 cpuset)$(text 2 /ct)")")$(
	message 2 "$(text 1 cpuset)$(message 2 "$(text 1 ct)$(message 3 "$(text 1 cpuset.cpus)$(text 2 0-7)")$(message 3 "$(text 1 cpuset.mems)$(text 2 0)")")")"
there() { # CPUS CONTROLLERS
	printf '{"facts": {"host.cpus": "%s", "host.mems": "0", "host.cgroup.version": 1, "host.cgroup.hierarchies": "%s"}}\n' \
		"$1" "$2" >there.json
}
configuration() { printf '%s\n' "$@" >rewrite.conf; }
export CRIU_REWRITE_CONF="$work/rewrite.conf" CRTOOLS_IMAGE_DIR="$work/dump"

at() { # MOMENT OPTION...
	CRTOOLS_SCRIPT_ACTION=$1
	export CRTOOLS_SCRIPT_ACTION
	shift
	run action "$@"
}
yes() { # WHAT
	ended 0 "$1"
	silent err "with no word"
}
no() { # WHAT REASON
	ended 1 "$1"
	says err "$2" "with the reason"
}

# ---- preflight
configuration 'preflight there.json'
there 0-7 1:cpuset
at pre-dump
yes "before a dump, facts and rules that can be used"
at post-dump
yes "a checkpoint that fits there"
there 0-3 1:cpuset
at post-dump
no "one that has CPUs which are not there" "would not restore at the destination of $work/there.json: cpuset:/ct cpuset.cpus: it takes 0-3, not 0-7"
is "$(cat dump/rewrite-vetoed)" "$(sed 's/^criu-rewrite: //' err)" "which the images say from then on"
run plan --rules /dev/null dump
says err "note: dump: the dump of this checkpoint was refused: would not restore" "and plan"
run apply --rules /dev/null dump -o copy
says err "the dump of this checkpoint was refused" "and apply"
ok "$([ -e copy/rewrite-vetoed ] && echo true)" "and the copy that it makes"
at network-lock
yes "no other moment is asked about"
at pre-dump
yes "the next dump"
ok "$([ ! -e dump/rewrite-vetoed ] && echo true)" "takes the mark away"
there 0-7 1:cpu
at post-dump
no "a controller that is not there" "cpuset controller: it has no place for cpuset"
echo 'cgroup_entry drop absent' >there.rules
configuration 'preflight there.json there.rules'
at post-dump
yes "unless the rules there leave it out"
there 0-3 1:cpuset
at post-dump
no "rules that do not help" "it takes 0-3, not 0-7"
echo 'manage-cgroups ignore' >there.rules
at post-dump
yes "groups that are not restored there at all"
echo 'cgroup_entry fit' >there.rules
at post-dump
yes "rules that do help"
mkdir there.d
cp there.rules there.d/50-fit.rules
configuration 'preflight there.json there.d'
at post-dump
yes "in a directory, too"
there 0-7 1:cpu,cpuset
sed -i 's/"host.cgroup.version": 1/"host.cgroup.version": 2/' there.json
at post-dump
no "groups of v1 where there is v2" "would not restore at the destination"
there 0-3 1:cpuset
configuration 'preflight there.json there.rules'
echo 'cgroup_entry fti' >there.rules
at pre-dump
no "rules that cannot be read" "there.rules:1:14: unknown action 'fti'"
echo 'core_entry[tc.comm == "nobody"] must exist' >there.rules
configuration 'preflight there.json nowhere.rules'
at pre-dump
no "rules that are not there" "nowhere.rules"
configuration 'preflight nowhere.json'
at pre-dump
no "facts that are not there" "$work/nowhere.json: does not exist"
configuration 'preflight there.json'
chmod 666 there.json
at pre-dump
no "facts that anybody may change" "there.json: mode 0666 lets everybody write it"
chmod 644 there.json
echo '{}' >there.json
at pre-dump
no "facts that are none" 'there is no object "facts" in it'
configuration 'preflihgt there.json'
at pre-dump
no "a configuration that cannot be read" "unknown option 'preflihgt'"
there 0-3 1:cpuset
configuration 'preflight there.json'
CRIU_REWRITE_REASON=$work/reason
export CRIU_REWRITE_REASON
at post-dump
is "$(cat reason)" "$(sed 's/^criu-rewrite: //' err)" "the plugin is told the reason, too"
there 0-7 1:cpuset
at post-dump
is "$(cat reason)" "" "and of a yes that it is one"
rm reason
mkfifo reason # whoever opens it waits for ever
at post-dump --limit 1
no "a judgement that does not end" "criu-rewrite: preflight did not end within 1 s"
rm reason
if command -v strace >/dev/null && strace true 2>/dev/null; then
	strace -o /dev/null -e inject=unlinkat:signal=KILL:when=2 "$program" action >out 2>err
	is "$?" 137 "one that is killed as it would say yes"
	is "$(cat reason)" "preflight did not end within 30 s, or was killed" "is a no for the plugin"
	is "$(cat dump/rewrite-vetoed)" "the preflight did not come to its end" "and the images say so"
else
	skip "a judgement that is killed" "there is no strace that may trace"
fi
unset CRIU_REWRITE_REASON

# ---- programs
printf '#!/bin/sh\ncat >%s/seen; echo "$1$CRIU_REWRITE_MOMENT $0"; exit 0\n' "$work" >yes
printf '#!/bin/sh\nexit 7\n' >no
printf '#!/bin/sh\nkill -9 $$\n' >dies
printf '#!/bin/sh\nsleep 1000 & sleep 1000\n' >sleeps
chmod 755 yes no dies sleeps
cp yes plain
chmod 644 plain
echo report >report
CRIU_REWRITE_REPORT=$work/report
export CRIU_REWRITE_REPORT
configuration 'before yes' 'after no' 'at-resume dies' 'at-resume yes'
at before
ended 0 "before"
is "$(cat out)" "before $work/yes" "runs its program"
is "$(cat seen)" report "with the report"
at post-restore
no "after" "post-restore: $work/no ended with status 7"
echo 0-1 >cpus
printf '%s\t0-3\n' "$work/cpus" >written
export CRIU_REWRITE_WRITTEN="$work/written"
at post-restore
no "what is not there as the rules said" "$work/cpus is 0-1, the rules said 0-3"
unset CRIU_REWRITE_WRITTEN
at pre-resume
no "at-resume" "pre-resume: $work/dies was killed by signal 9"
silent out "and not the next one"
configuration 'before sleeps'
at before --limit 1
no "one that does not end" "before: $work/sleeps did not end within 1 s and was killed"
head -c 5000000 /dev/zero | tr '\0' x >much
printf '#!/bin/sh\ncat %s/much; sleep 1000 & echo $! >%s/child\n' "$work" "$work" >talks
printf '#!/bin/sh\necho $$ >%s/pid; exec sleep 1000\n' "$work" >stays
chmod 755 talks stays
configuration 'before talks'
at before
ended 0 "one that says megabytes and leaves a process that keeps its output open"
ok "$(cmp -s out much && echo true)" "all of which arrives"
kill "$(cat child)"
configuration 'before stays'
rm -f pid
"$program" action before >out 2>err &
n=0
until [ -s pid ] || [ $n -ge 3000 ]; do n=$((n + 1)); sleep 0.02; done
kill -9 $!
wait $! 2>/dev/null
"$top/tests/lab/ended" "$(cat pid)"
is "$?" 0 "one goes when who runs it is killed"
configuration 'before plain'
at before
no "one that is not executable" "$work/plain: is not executable (chmod u+x $work/plain)"
configuration 'before nothing'
at before
no "one that is not there" "$work/nothing: does not exist"
at before --limit 0
ended 2 "a limit that is none"
unset CRTOOLS_SCRIPT_ACTION
run action
ended 2 "called by nobody"
says err "CRTOOLS_SCRIPT_ACTION is not set" "it says for whom it is"
run action before
ended 1 "a moment may be an operand"
cp "$program" action
CRTOOLS_SCRIPT_ACTION=post-resume ./action >out 2>err
is "$?" 0 "under the name action it is this command"
finish
