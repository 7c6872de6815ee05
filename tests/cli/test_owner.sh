#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whose the images are that are written, and who may do what with them.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

checkpoint dump
echo 'core_entry.tc set exit_code=1' >rules
chmod 755 .
looks() { stat -c '%a %u' "$1"; }

chmod 640 dump/core-1.img
run apply -q --rules rules -o new dump
ended 0 "apply"
is "$(stat -c %a new/core-1.img)" 640 "an image keeps its mode"
run apply -q --rules rules --in-place new
is "$(stat -c %a new/core-1.img)" 640 "in place, too"

if [ "$(id -u)" = 0 ] && setpriv --reuid 1000 --clear-groups true 2>/dev/null; then
	mkdir -m 777 others
	chown 2000 dump/*.img
	chmod 4755 dump/core-1.img dump/cgroup.img
	setpriv --reuid 1000 --clear-groups "$program" apply -q --rules rules -o others/new dump >out 2>err
	is "$(looks others/new/core-1.img)" "755 1000" "what cannot be given its owner does not run with the rights of ours"
	is "$(looks others/new/cgroup.img)" "755 1000" "nor does a copy"
	"$program" decode -i dump/core-1.img -o others/core.json
	chown 2000 others/core.json
	chmod 4755 others/core.json
	run decode -i dump/core-1.img -o others/core.json
	is "$(looks others/core.json)" "755 2000" "nor does what decode writes run with the rights of its owner"
	run apply -q --rules rules -o given dump
	is "$(looks given/core-1.img)" "755 2000" "root gives each its owner"
else
	skip "owners" "only root can give files to others"
fi
if [ "$(id -u)" = 0 ] && command -v strace >/dev/null; then
	strace -f -e trace=fchown,fchmod -o trace "$program" apply -q --rules rules -o traced dump >out 2>err
	is "$(sed -n 's/.*\(fch[a-z]*\)(.*/\1/p' trace | head -n 2 | tr '\n' ' ')" "fchown fchmod " \
		"until an image has its owner nobody else may do anything with it"
else
	skip "what comes first" "there is no strace, or we are not root"
fi
if [ "$(id -u)" = 0 ] && unshare -U --map-root-user true 2>/dev/null; then
	chmod 644 dump/*.img
	unshare -U --map-root-user "$program" apply -q --rules rules -o unmapped dump >out 2>err
	is "$? $(looks unmapped/core-1.img)" "0 644 0" "an owner whom our user namespace does not know is replaced by us"
	unshare -U --map-root-user "$program" apply -q --rules rules --in-place dump >out 2>err
	is "$? $(looks dump/core-1.img)" "0 644 0" "in place, too"
	chown 2000 others/core.json
	unshare -U --map-root-user "$program" decode -i dump/core-1.img -o others/core.json >out 2>err
	is "$? $(looks others/core.json)" "0 755 0" "and by decode"
else
	skip "user namespaces" "there are none here"
fi
finish
