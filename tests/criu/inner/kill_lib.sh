# SPDX-License-Identifier: GPL-2.0-only
# What kill.sh and kill_unprivileged.sh share, sourced. They have
#   before N	what comes before the N-th restore
#   attempt	a restore
#   judge N	says what is wrong with one that was not killed
#   tidy	removes what a killed one has left to whoever comes next
#   left	says what is there then all the same; as it was before, in /share/left
# shellcheck shell=bash

# kill_restores TIMES WHAT: all but every 25th are killed with -9 at a random point. Nothing is left that is in the way, and
# every image is as it was. RANDOM is seeded: the points are the same each time as far as the machine lets them.
kill_restores() {
	local wrong='' whole=0 i begun took now
	RANDOM=11
	# A restore that is not killed takes so long.
	begun=$(date +%s%N)
	attempt
	took=$((($(date +%s%N) - begun) / 1000))
	tidy
	: >/share/points
	for ((i = 1; i <= $1; i++)); do
		before $i
		if [ $((i % 25)) = 0 ]; then
			attempt || wrong="$wrong $i:fails"
			wrong+=$(judge $i)
			whole=$((whole + 1))
		else
			killed_after $(((RANDOM * 32768 + RANDOM) % took)) attempt >>/share/points
		fi
		tidy
		now=$(left | diff /share/left - | grep '^[<>]') && wrong="$wrong $i:left:$now"
	done
	echo "# $(sort /share/points | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')"
	is "$wrong" "" "$2$1 restores, $(($1 - whole)) of them killed: nothing stays, and the others succeed"
	is "$(sums)" "$(cat /share/sums)" "and every image is as it was"
}
