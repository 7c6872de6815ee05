#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# As faults.sh, in restores by root without CAP_SYS_ADMIN, which are shown the images in a user namespace of the plugin's own.
. /src/tests/criu/inner/unprivileged_lib.sh
. /src/tests/criu/inner/faults_lib.sh

prepare_host() {
	rm -f /share/report.json
	configure "view $1" "report /share/report.json" "log-level debug" "rules /src/rules/library/unprivileged.rules" <<-EOF
		core_entry.tc set comm="renamed"
		core_entry affinity
	EOF
}

run_criu() { restored "$@"; }

right() {
	[ "$(cat /proc/$id/comm)" = renamed ] || echo not-rewritten
	[ "$(ls /proc/$id/fd)" = "$(cat /share/open)" ] || echo descriptors
}

left() { if kill -0 $id 2>/dev/null; then echo tasks; fi; }

tidy() {
	kill -9 $id 2>/dev/null
	/src/tests/lab/ended $id
}

dump_of_a_user
fail_all "without CAP_SYS_ADMIN" namespace
tap_end
