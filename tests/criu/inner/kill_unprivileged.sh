#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: kill_unprivileged.sh N
# As kill.sh, N restores by root without CAP_SYS_ADMIN, which are shown the images in a user namespace of the plugin's own.
. /src/tests/criu/inner/unprivileged_lib.sh
. /src/tests/criu/inner/kill_lib.sh

before() { :; }
attempt() { restored; }
judge() { [ "$(cat /proc/$id/comm)" = renamed ] || echo " $1:not-rewritten"; }
left() { traces; }

tidy() {
	# Of this pid namespace, in which nothing else is called so.
	pkill -9 -x 'criu|sleep|renamed'
	while pgrep -x 'criu|sleep|renamed' >/dev/null; do command sleep 0.02; done
}

dump_of_a_user
configure "view namespace" "rules /src/rules/library/unprivileged.rules" <<<'core_entry.tc set comm="renamed"'
install_plugin
sums >/share/sums
left >/share/left
ok "a restore rewrites" restored
tidy
kill_restores "$1" "without CAP_SYS_ADMIN: "
tap_end
