#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `criu-rewrite prepare` makes the groups of what capture.sh recorded, by the libcgroup of the suite; its cgconfigparser says
# what the printed text means.
. /src/tests/criu/inner/limits.sh

export LD_LIBRARY_PATH=/share/libcgroup
deep=$top/$group/in/deep
mkdir -p /etc/criu
echo 'cgroup_entry recall' >/etc/criu/recall.rules
prepare() { /share/criu-rewrite prepare --rules /etc/criu/recall.rules "$@" $images; }
all_groups() { printf 'v2:%s: %s\n' "/$group" "$1" "/$group/in" "$1" "/$group/in/deep" "$1"; }
remove_plugin

is "$(prepare)" "$(all_groups made)" "every group is made"
is "$(limits_now)" "$limits" "with its limits"
is "$(stat -c '%u:%g %a' $deep) $(stat -c '%u:%g' $deep/cgroup.procs $deep/memory.max | tr '\n' ' ')" \
	"1000:1001 750 1000:1001 0:0 " "owner and mode, but the limits stay root's"
is "$(prepare)" "" "what is there is left as it is"
ok "CRIU without the plugin restores into them" restore
is "$(limits_now)" "$limits" "the limits stay"
ok "the tasks are inside" inside
ok "the tree lives" tree check $tree
is "$(prepare --remove | cut -d: -f3 | sort -u)" " left, since tasks or groups are in it" "no group with tasks is removed"
tree stop $tree
for _ in $(seq 50); do
	prepare --remove >>/tmp/removed
	[ -n "$(groups_left)" ] || break
	sleep 0.1
done
is "$(grep -c removed /tmp/removed)" 3 "without them, each is"
is "$(groups_left)" "" "and gone"

prepare --cgconfig >/tmp/cgconfig.conf
ok "cgconfigparser reads the text" /share/libcgroup/cgconfigparser -l /tmp/cgconfig.conf
is "$(limits_now)" "$limits" "and makes the same of it"
ok "which says who would own what" grep -F "# /$group/in/deep itself: chown 1000:1001, chmod 750" /tmp/cgconfig.conf
clean_v2
tap_end
