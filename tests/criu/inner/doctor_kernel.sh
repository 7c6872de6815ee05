#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A CRIU that is too old for this machine's kernel: /share/checkpoint is of a newer one.
. /src/tests/tap.sh
install -D -m 755 /share/rewrite.so /usr/lib/criu/rewrite.so
why=$(criu check 2>&1)
grep -q "Could not initialize kernel features" <<<"$why" || {
	skip "a kernel that CRIU cannot work on" "$(criu --version | sed -n 's/Version: /CRIU /p') works on this one"
	tap_end
	exit
}
not_ok_if "kernel: doctor ends with an error" /share/criu-rewrite doctor /share/checkpoint
/share/criu-rewrite doctor /share/checkpoint >/tmp/doctor 2>&1
last=$(sed -n 's/.*Error ([^)]*): //p' <<<"$why" | tail -n 1)
ok "kernel: names what CRIU said last: $last" grep -F "  failure  kernel        criu check fails: $last" /tmp/doctor
not_ok_if "kernel: CRIU fails" timeout -s KILL 10 criu restore -d -D /share/checkpoint -o /tmp/restore.log -v4
ok "kernel: with the same error" grep -qF "$last" <(cat /tmp/restore.log; criu restore -D /share/checkpoint 2>&1)
tap_end
