#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is wrong in any rule, or in the configuration, stops a dump before a task is frozen; nothing is read while they are.
. /src/tests/criu/inner/lib.sh

install_plugin
start() { rm -rf $images && tree groups "$group" && tree start $tree "$group"; }
end() { tree gone $tree && tree clean "$group"; }

stopped() { # MESSAGE [COMMAND...]: that dumps
	not_ok_if "$1: the dump is stopped" "${2:-dump}" "${@:3}"
	ok "$1: and told why" grep -q "Error (rewrite): .*$1" $work/dump.log
	not_ok_if "$1: before a task is frozen" grep -qE "Seized task|freezing processes" $work/dump.log
	not_ok_if "$1: there is no checkpoint" ls $images/inventory.img $images/core-*.img
}

ok "a tree" start
configure <<<'nonsense'
stopped "test.rules:1:1: "
configure <<<'cgroup_entry captur'
stopped "test.rules:1:14: .*captur"
configure <<<'when stage == "dump" { cgroup_entry fit cpuset.cpu }'
stopped "test.rules:1:41: .*cpuset.cpu"
configure "on-eror continue" <<<'cgroup_entry fit'
stopped "rewrite.conf:2:1: .*on-eror"
configure <<<'include "/etc/criu/nosuch.rules"'
stopped "nosuch.rules: does not exist"
# Nor does it go on without rules where the plugin cannot even begin.
rootless() { # COMMAND: of criu, while the host's root cannot be opened
	mkdir -p $images
	strace -qq -o /share/trace -P / -e inject=openat:error=EMFILE:when=1 \
		criu "$1" -t "$(leader)" -D $images -W $work -o dump.log -v4
}
stopped "cannot begin: Too many open files" rootless dump
stopped "cannot begin: Too many open files" rootless pre-dump
ok "through all that the tasks live" tree check $tree

configure "on-error continue" <<<'cgroup_entry captur'
ok "on-error continue: the dump goes on" dump
ok "and says without what" \
	grep -q "rewrite: .*test.rules:1:14: .*(on-error continue: dumping without rules)" $work/dump.log
ok "which freezes tasks" grep -qE "Seized task" $work/dump.log
ok "on-error continue: the tasks are dumped" end

# The action script runs when tasks are frozen.
ok "a tree" start
configure <<<'when stage == "dump" { core_entry capture affinity }'
echo 'when stage == "dump" { nonsense }' >/tmp/later.rules
cat >/tmp/later.sh <<'END'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" != post-dump ] || cp /tmp/later.rules /etc/criu/test.rules
END
chmod +x /tmp/later.sh
ok "rules that change while tasks are frozen" dump --action-script /tmp/later.sh
ok "have changed" cmp -s /tmp/later.rules /etc/criu/test.rules
ok "and run as they were" test -s $images/rewrite-affinity.img
not_ok_if "without an error" grep -q "Error (rewrite)" $work/dump.log
ok "the tasks are dumped" end
unconfigure
tap_end
