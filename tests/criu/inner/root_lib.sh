# SPDX-License-Identifier: GPL-2.0-only
# For scripts that run inside the laboratory, sourced after net_lib.sh: a task with a root and mounts of its own.
# shellcheck shell=bash disable=SC2034
root=/tmp/root

# begin COMMAND...: a task of a session of its own, by a shell that ends with exec
begin() {
	rm -f /share/ready
	setsid "$@" </dev/null >/dev/null 2>&1 &
	disown
	for _ in $(seq 100); do if [ -s /share/ready ]; then break; fi; sleep 0.1; done
	task=$(cat /share/ready)
}

# A task whose root is $root, with /tmp/outside on its /data; /tmp/other is another one.
begin_in_root() {
	mkdir -p $root/data $root/old /tmp/outside /tmp/other
	echo outside >/tmp/outside/file
	echo other >/tmp/other/file
	for needed in /bin/sleep $(ldd /bin/sleep | grep -o '/[^ ]*'); do install -D "$needed" "$root$needed"; done
	mountpoint -q $root || mount --bind $root $root
	begin unshare -m python3 /src/tests/criu/inner/enter.py
	until [ "$(cat "/proc/$task/comm")" = sleep ]; do sleep 0.05; done
}
