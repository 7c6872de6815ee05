#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Images whose replacing was interrupted: every command that opens their directory, or one of them, finishes or undoes that first
# and says so. The two states are made by hand here; tests/faults/write.sh comes to them by kill -9.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

record=decided.criu-rewrite
checkpoint old
rm old/stats-dump
cp -r old new
echo 'cgroup_entry//properties[name="cpuset.cpus"] set value=0-1
core_entry.tc set exit_code=1' >change.rules
"$program" apply -q --force --rules change.rules -o new old || exit 1
changed="cgroup.img core-1.img"
echo 'cgroup_entry get' >get.rules
"$program" decode -i new/cgroup.img -o cgroup.json

# All new ones are there, one is in its place, and the inventory is aside.
decided() {
	rm -rf dump && cp -r old dump
	# shellcheck disable=SC2086
	printf '%s\0' $changed >dump/.$record
	cp new/cgroup.img dump/cgroup.img
	cp new/core-1.img dump/.core-1.img.criu-rewrite
	mv dump/inventory.img dump/.inventory.img.criu-rewrite
}
# One new one is there.
begun() {
	rm -rf dump && cp -r old dump
	# shellcheck disable=SC2086
	printf '%s\0' $changed >dump/..$record.criu-rewrite
	cp new/cgroup.img dump/.cgroup.img.criu-rewrite
}
said="criu-rewrite: note: dump: replacing images was interrupted"
recovers() { # COMMAND...
	decided
	"$@" >out 2>err </dev/null || :
	is "$(head -n 1 err)" "$said when all new ones were there; it is finished now, the images are the new ones" "$*: finished"
	ok "$(diff -r -x other.img new dump >/dev/null && echo true)" "the images are the new ones"
	begun
	"$@" >out 2>err </dev/null || :
	is "$(head -n 1 err)" "$said before all new ones were there; it is undone now, the images are the old ones" "$*: undone"
	ok "$(diff -r -x other.img old dump >/dev/null && echo true)" "the images are the old ones"
	"$@" >out 2>err </dev/null || :
	is "$(grep -c interrupted err)" 0 "once"
}
for command in "plan --rules get.rules" "explain --rules get.rules" "get" "show" "doctor" "x" "prepare --cgconfig --rules get.rules" \
	"apply --rules get.rules --in-place" "diff old"; do
	# shellcheck disable=SC2086
	case $command in
	get) recovers "$program" get dump core_entry ;;
	x) recovers "$program" x dump ps ;;
	*) recovers "$program" $command dump ;;
	esac
done
recovers "$program" show dump/core-1.img
recovers "$program" info dump/core-1.img
recovers "$program" info dump/inventory.img
recovers "$program" decode -i dump/core-1.img
recovers "$program" encode -i cgroup.json -o dump/other.img
for arguments in "-D dump" "-dD dump" "-Ddump" "--images-dir dump" "--images-dir=dump"; do
	# shellcheck disable=SC2086
	recovers "$program" restore --lib "$top/build/rewrite.so" --criu /bin/true $arguments
done
recovers "$program" criu --lib "$top/build/rewrite.so" --criu /bin/true restore -D dump

# ---- where it cannot be finished
if command -v flock >/dev/null; then
	for command in "plan --rules get.rules dump" "decode -i dump/core-1.img" "info dump/core-1.img" \
		"restore --lib $top/build/rewrite.so --criu /bin/true -D dump"; do
		decided
		status=0
		# shellcheck disable=SC2086
		flock dump "$program" $command >out 2>err || status=$?
		ended 1 "$command: while another process is at it"
		is "$(cat err)" "criu-rewrite: dump: another process is replacing images in this directory; try again when it has ended" \
			"says so"
	done
else
	skip "while another process is at it" "there is no flock"
fi

# ---- in a directory where only files of one's own may be renamed, and below it
plant() { # DIRECTORY NAME: as uid 1000, who would have evil take the place of the file victim
	rm -rf shared && mkdir -m 1777 shared
	echo good >shared/victim
	setpriv --reuid 1000 --clear-groups sh -c 'mkdir -p "$1"; printf "%s\0" "$2" >"$1/.$3"; echo evil >shared/.victim.criu-rewrite; cp new/*.img "$1"' \
		sh "$1" "$2" $record
}
if [ "$(id -u)" = 0 ] && setpriv --reuid 1000 --clear-groups true 2>/dev/null; then
	chmod 755 .
	for place in "shared victim" "shared/dump ../victim"; do
		# shellcheck disable=SC2086
		plant $place
		run show "${place% *}/core-1.img"
		ended 1 "$place: a record of another user"
		is "$(cat shared/victim)" good "does not rename the files of others"
		says err ".$record: belongs to uid 1000, who may not rename the files of others there; remove it" "says so"
		chown 0 "${place% *}/.$record"
		run show "${place% *}/core-1.img"
		is "$(cat shared/victim)" evil "of ours it does"
	done
	plant shared/dump core-1.img
	setpriv --reuid 1000 --clear-groups cp new/core-1.img shared/dump/.core-1.img.criu-rewrite
	run show shared/dump/core-1.img
	ended 0 "what the owner of a directory has begun there is finished for everybody"
else
	skip "records of another user" "only root can be another"
fi
decided
if unshare -m true 2>/dev/null; then
	status=0
	unshare -m sh -c 'mount --bind dump dump && mount -o remount,bind,ro dump && "$1" plan --rules get.rules dump' sh "$program" \
		>out 2>err || status=$?
	ended 1 "on a read-only medium"
	says err "dump: replacing images was interrupted here and cannot be finished: " "says what is there"
	says err "Read-only file system" "and why it stays"
else
	skip "on a read-only medium" "no mounts here"
fi
finish
