#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What CRIU's process is like with the plugin, and what it is like without: a plugin beside it (probe.c) writes that down in
# a restore that succeeds and in one that is refused, and both are compared. So is what is outside of CRIU.
. /src/tests/criu/inner/lib.sh

plugins=/tmp/plugins
all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
mkdir -p $plugins
mount -t tmpfs plugins $plugins # lists what was made last first, and CRIU loads in that order

# run WHAT FILE...: a restore with these plugins; the probe is loaded first. What came of it is in /share/WHAT.
run() {
	local out=/share/$1 file
	shift
	rm -rf "$out" ${plugins:?}/* $log
	mkdir "$out"
	for file in "$@" /share/probe.so; do cp "$file" $plugins/; done
	PROBE_DIR=$out restore --libdir $plugins </dev/null >"$out/stdout" 2>"$out/stderr"
	echo $? >"$out/status"
	tasks >"$out/tasks"
	traces | grep -v -e cgyard -e "$plugins" >"$out/traces"
	pgrep -a criu >"$out/left"
	find /sys/fs/cgroup -path "*$group*" -type d | sort >"$out/groups"
	clean
}

# Of every restored task: mappings, descriptors, signals and more. Of addresses only those count that CRIU gives.
tasks() {
	local pid
	for pid in $(pids); do
		[ -e "/proc/$pid/maps" ] || continue
		sed "s,^,$pid maps ,; s/^\([0-9]* maps \)[0-9a-f-]*\(.*\[v[a-z_]*\]\)/\1\2/; s, [0-9]* *\(/memfd\), \1," "/proc/$pid/maps"
		grep -E '^(Uid|Gid|Groups|Sig...|Shd...|Cap...|Umask|Threads|NoNewPrivs|Seccomp|PPid|NSpid):' "/proc/$pid/status"
		tr '\0' '\n' <"/proc/$pid/environ"
		cat "/proc/$pid/limits" "/proc/$pid/cgroup"
		sed 's/^[0-9]* [0-9]* //' "/proc/$pid/mountinfo" | grep -v "$plugins"
		readlink "/proc/$pid/cwd" "/proc/$pid/root" "/proc/$pid/exe"
		for fd in /proc/"$pid"/fd/*; do echo "${fd##*/} $(readlink "$fd" | sed 's/:.*//')"; done
	done
}

# Without what CRIU itself numbers or names anew each time.
plain() { sed -E 's/(cgyard\.).*\//\1/; s/(cgyard\.)[A-Za-z0-9]*/\1/; s/^(mountinfo )[0-9]* [0-9]* [0-9]*:[0-9]*/\1/' "$1" | sort; }

# The descriptor that keeps the view is all that there may be besides, and that while the view is in use.
compare() { # WHAT WHEN
	local extra
	is "$(cat "/share/stock-$1/status")" "$(cat "/share/with-$1/status")" "$1: the exit status is the same"
	for when in $2; do
		ok "$1: the probe was there ($when)" test -s "/share/with-$1/$when" -a -s "/share/stock-$1/$when"
		extra=$(diff <(plain "/share/stock-$1/$when") <(plain "/share/with-$1/$when") | grep '^[<>]' | grep -v '^. environment PROBE_DIR=')
		if [ "$(wc -l <<<"$extra")" = 1 ]; then extra=$(grep -vE "^> descriptor 3 .* 1$" <<<"$extra"); fi
		is "$extra" "" "$1: CRIU's process is as without the plugin ($when)"
	done
	for what in stdout stderr; do
		is "$(wc -c <"/share/stock-$1/$what") bytes" "$(wc -c <"/share/with-$1/$what") bytes" "$1: $what"
	done
	for what in traces left groups; do
		is "$(cat "/share/with-$1/$what")" "$(cat "/share/stock-$1/$what")" "$1: $what"
	done
}

remove_plugin
unconfigure
ok "a tree is dumped" bash -c '. /src/tests/criu/inner/lib.sh
	tree groups "$group" && tree start "$tree" "$group" && dump && tree gone "$tree" && tree clean "$group"'
run stock-whole
run stock-refused /share/refuse.so
for view in detached namespace; do
	sed "s/0-1/$one/" >/share/rules <<-'EOF'
		cgroup_entry//properties[name="cpuset.cpus"] set value="0-1"
		core_entry.tc set comm="renamed"
		cgroup_entry fit
		core_entry affinity
		manage-cgroups soft
	EOF
	configure "view $view" </share/rules
	run with-whole /share/rewrite.so
	if grep -q "cannot mount onto detached mounts" $log; then
		skip "view $view" "this kernel ($(uname -r)) cannot mount onto detached mounts"
		continue
	fi
	ok "view $view: something was rewritten" grep -q "rewrite: cgroup.img" $log
	compare whole "init late exit"
	is "$(diff /share/stock-whole/tasks /share/with-whole/tasks | grep '^[<>]')" "" "view $view: so are the restored tasks"
done
configure <<<'must core_entry[pid=1].tc set exit_code=1'
run with-refused /share/rewrite.so
ok "a rule refuses a restore" grep -q "Error (rewrite)" $log
compare refused "init exit"
run with-idle /share/rewrite.so
unconfigure
run with-idle /share/rewrite.so
rm -rf /share/stock-idle
cp -r /share/stock-whole /share/stock-idle
compare idle "init late exit"
is "$(diff /share/stock-idle/tasks /share/with-idle/tasks | grep '^[<>]')" "" "without a configuration: so are the tasks"

# ---- a group of v2 on this host, when CRIU has been to it and the restore fails after that
unified=/sys/fs/cgroup/unified/$group
if mkdir "$unified" 2>/dev/null; then
	tree groups "$group"
	tree start "$tree" "$group"
	leader >"$unified/cgroup.procs"
	rm -rf $images
	ok "a tree in a group of v2 is dumped" dump
	tree gone "$tree"
	printf '%s\n' '#!/bin/sh' '[ "$CRTOOLS_SCRIPT_ACTION" != post-restore ]' >/share/no
	chmod 755 /share/no
	for mode in 755 750; do
		if [ $mode = 750 ]; then install_plugin; else remove_plugin; fi
		configure <<<'manage-cgroups soft'
		until rmdir "$unified"; do sleep 0.05; done
		mkdir -m 750 "$unified"
		not_ok_if "the restore fails at its end" restore --action-script /share/no
		is "$(stat -c %a "$unified")" $mode "the group has the mode that it had if there is the plugin, else the checkpoint's: $mode"
		until clean; do sleep 0.05; done
	done
	unconfigure
	until rmdir "$unified"; do sleep 0.05; done
else
	skip "a group of v2 that a failed restore came to" "there is no cgroup v2 beside v1 here"
fi

umount $plugins
tap_end
