#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A task with a profile of AppArmor that the other host does not have. /share/apparmor_parser loads profiles.
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/net_lib.sh
. /src/tests/criu/inner/root_lib.sh
profile() { # -r|-R NAME
	echo "profile $2 { file, network, capability, mount, umount, pivot_root, ptrace, signal, unix, change_profile, }" |
		/share/apparmor_parser -K "$1"
}
confined() { sed 's/ (.*//' "/proc/$task/attr/current"; }
restored() { # WHAT RULE
	configure <<<"$2"
	if restore_net; then ok "$1: restore with $2" true; else ok "$1: restore with $2" false; grep -hE "Error|rewrite" "$log" | sed 's/^/# /'; fi
}
mountpoint -q /sys/kernel/security || mount -t securityfs security /sys/kernel/security
install_plugin
unconfigure
ok "a profile" profile -r crw-source
begin sh -c 'echo "changeprofile crw-source" >/proc/self/attr/current; echo $$ >/share/ready; exec sleep 1000'
is "$(confined)" crw-source "a task with it"
ok "dump" dump_net
ok "the other host does not have it" profile -R crw-source
ok "but another one" profile -r crw-destination
not_ok_if "no restore without the profile" restore_net
ok "for CRIU's own reason" grep -q "can't write lsm profile -2" "$log"
restored lsm 'lsm "crw-destination"'
is "$(confined)" crw-destination "lsm: it has the other one"
stop
restored "lsm none" 'lsm none'
is "$(confined)" unconfined "lsm none: it has none"
stop
restored "option lsm-profile" 'option lsm-profile "apparmor:crw-destination"'
is "$(confined)" crw-destination "option lsm-profile: it has the other one"
stop
tap_end
