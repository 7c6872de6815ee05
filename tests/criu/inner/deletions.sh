#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: deletions.sh EVERY [PATH...]     a checkpoint of /share/rich, and deletions.py on it
mkdir -p /tmp/r /tmp/images /tmp/work
echo 5000 >/proc/sys/kernel/ns_last_pid
# shellcheck disable=SC2086
/share/rich /tmp/r $RICH </dev/null >/tmp/work/rich.log 2>&1 &
n=0
until [ -e /tmp/r/ready ]; do
	n=$((n + 1))
	[ $n -lt 200 ] || { echo "Bail out! $(cat /tmp/work/rich.log)"; exit 1; }
	sleep 0.05
done
criu dump -t 5001 -D /tmp/images -W /tmp/work -o dump.log -v4 --manage-cgroups=ignore --tcp-established \
	--network-lock skip --file-locks || { echo "Bail out! $(grep Error /tmp/work/dump.log | tail -n 1)"; exit 1; }
wait
exec python3 /src/tests/criu/inner/deletions.py /tmp/images /src/tests/criu/deletions.exceptions "$@"
