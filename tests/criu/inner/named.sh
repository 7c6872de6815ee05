#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restores with a plugin that is named as a file, with and without a criu before the system's.
. /src/tests/criu/inner/lib.sh

all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")
plugin=/opt/rewrite.so
install -D -m 755 /share/rewrite.so $plugin
install -D -m 755 /share/criu-rewrite /usr/bin/criu-rewrite
configure <<<"cgroup_entry.controllers[\"cpuset\" in cnames]//properties[name=\"cpuset.cpus\"] set value=$one"
restored() { [ "$(cpus)" = "$is_one" ] && tree check "$tree"; }

mkdir -p $images
tree groups "$group" && tree start "$tree" "$group"
ok "dump by criu-rewrite criu" criu-rewrite criu --lib $plugin dump -t "$(leader)" -D $images -W $work -o dump.log -v4 --manage-cgroups
tree gone "$tree" && tree clean "$group"
by_command() { criu-rewrite restore --lib $plugin -d -D $images -W $work -o restore.log -v4 --manage-cgroups; }
traces >/share/traces
ok "criu-rewrite restore --lib FILE" by_command
ok "runs the rules" restored
is "$(traces)" "$(cat /share/traces)" "and leaves nothing behind"
clean
not_ok_if "the system's criu takes no file for --lib" restore --lib $plugin
ok "by its own words" grep -q "Unable to open directory $plugin" $log

# As make install-criu has it.
install -D -m 755 /share/oci/criu /usr/lib/criu-rewrite/criu
ln -s /usr/lib/criu-rewrite/criu /usr/local/sbin/criu
hash -r
is "$(command -v criu)" /usr/local/sbin/criu "another criu is before it"
traces >/share/traces
for lib in "--lib $plugin" --libdir=$plugin "-L $plugin"; do
	# shellcheck disable=SC2086
	ok "criu restore $lib" restore $lib
	ok "runs the rules" restored
	clean
done
ok "--lib with a folder" restore --lib /opt
ok "runs them, too" restored
not_ok_if "criu's failure is passed on" restore --lib $plugin
clean
is "$(traces)" "$(cat /share/traces)" "nothing is left behind"
is "$(criu --version)" "$(/usr/sbin/criu --version)" "what has no --lib goes to the system's criu"
install_plugin
ok "so does swrk" grep -q "^restored" <(python3 /src/tests/criu/inner/rpc.py "$images" "$work" rpc.log 2>&1)
ok "whose plugin runs the rules" restored
clean
tap_end
