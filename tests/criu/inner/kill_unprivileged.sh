#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: kill_unprivileged.sh N
# As kill.sh, N restores by root without CAP_SYS_ADMIN, which are shown the images in a user namespace of the plugin's own.
. /src/tests/criu/inner/unprivileged_lib.sh

times=$1
RANDOM=11

tidy() {
	# Of this pid namespace, in which nothing else is called so.
	pkill -9 -x 'criu|sleep|renamed'
	while pgrep -x 'criu|sleep|renamed' >/dev/null; do command sleep 0.02; done
}

dump_of_a_user
configure "view namespace" "rules /src/rules/library/unprivileged.rules" <<<'core_entry.tc set comm="renamed"'
install_plugin
sums >/share/sums
traces >/share/left
begun=$(date +%s%N)
ok "a restore rewrites" restored
took=$((($(date +%s%N) - begun) / 1000))
tidy
wrong='' whole=0
: >/share/points
for ((i = 1; i <= times; i++)); do
	if [ $((i % 25)) = 0 ]; then
		restored || wrong="$wrong $i:fails"
		[ "$(cat /proc/$id/comm)" = renamed ] || wrong="$wrong $i:not-rewritten"
		whole=$((whole + 1))
	else
		killed_after $(((RANDOM * 32768 + RANDOM) % took)) restored >>/share/points
	fi
	tidy
	now=$(traces | diff /share/left - | grep '^[<>]') && wrong="$wrong $i:left:$now"
done
echo "# $(sort /share/points | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')"
is "$wrong" "" "without CAP_SYS_ADMIN: $times restores, $((times - whole)) of them killed: nothing stays, and the others succeed"
is "$(sums)" "$(cat /share/sums)" "and every image is as it was"
tap_end
