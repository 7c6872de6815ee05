#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# doctor: its page, JSON and exit status, below a root with known files, on images made by hand. That CRIU fails where it
# says so is shown by tests/criu/doctor.sh.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

mkdir -p root/usr/sbin root/usr/lib/criu root/etc/criu root/etc/containers/containers.conf.d root/usr/bin root/proc root/srv
for name in root/usr/sbin/criu root/usr/bin/podman; do
	echo >$name
	chmod 755 $name
done
printf '0::/\n' >root/proc/self-cgroup
cp "$top/build/rewrite.so" root/usr/lib/criu/ 2>/dev/null
PATH=/usr/bin:/bin
line() { sed -n "s/^  \([a-z]* *$1 *$2\)/\1/p" out | tr -s ' '; }

# ---- the host
run doctor --root root
is "$(line criu)" "unknown criu /usr/sbin/criu is there, and is not asked for its version below another root; ask there: criu --version" \
	"CRIU below another root"
says out "this host" "has a heading"
says out "warning  runtime       /usr/bin/podman has no front" "a runtime without the front"
says out "cp /usr/lib/criu-rewrite/dropins/podman.conf" "with what to do"
printf '[engine.runtimes]\nrunc = ["/usr/libexec/criu-rewrite/runc"]\n' >root/etc/containers/containers.conf.d/50-criu-rewrite.conf
run doctor --root root
says out "ok       runtime       /usr/bin/podman has the front" "and with it"
sed -i 's/^runc/#runc/' root/etc/containers/containers.conf.d/50-criu-rewrite.conf
run doctor --root root
says out "warning  runtime       /usr/bin/podman has no front" "a comment does not count"
mkdir root/etc/containers/containers.conf.d/60-more.conf
run doctor --root root
says out "unknown  runtime       /usr/bin/podman 60-more.conf: cannot read: Is a directory" "nor is a file that cannot be read none"
rmdir root/etc/containers/containers.conf.d/60-more.conf
mkdir -p root/proc/self/cgroup
run doctor --root root
says out "unknown  cgroups       /sys/fs/cgroup fact host.cgroup.layout: proc/self/cgroup: cannot read: Is a directory" \
	"nor groups that cannot be asked for"
rm -r root/proc/self
rm -f root/usr/sbin/criu
run doctor --root root
ended 1 "no CRIU"
says out "failure  criu          criu there is no such program" "says so"
: >root/usr/lib/criu/rewrite.so
run doctor --root root
says out "failure  plugin        /usr/lib/criu/rewrite.so is no shared library, or cut off" "an empty plugin"
echo >root/usr/sbin/criu
chmod 755 root/usr/sbin/criu
rm root/usr/lib/criu/rewrite.so

# ---- a checkpoint: task 1 with files. 41: REG of file_entry, 3 its message.
file() { # ID NAME SIZE
	fown=$(number 1 0)$(number 2 0)$(number 3 0)$(number 4 0)$(number 5 0)
	reg=$(number 1 "$1")$(number 2 0)$(number 3 0)$(message 5 "$fown")$(text 6 "$2")$(number 8 "$3")$(number 10 33188)
	printf %s "$(number 1 1)$(number 2 "$1")$(message 3 "$reg")"
}
checkpoint dump
image dump/inventory.img 0x58313116 "$(number 1 2)$(number 2 1)$(number 5 1)"
image dump/pstree.img 0x50273030 "$(number 1 4194000)$(number 2 0)$(number 3 4194000)$(number 4 4194000)$(number 5 4194000)"
image dump/files.img 0x56303138 "$(file 1 /srv/log 3)"
printf abc >root/srv/log
chmod 644 root/srv/log
run doctor --root root dump
is "$(line files)" "ok files 1 looked at as they were at the dump" "a file that is as it was"
printf abcd >root/srv/log
run doctor --root root dump
ended 1 "a file that is not"
is "$(line file-size)" "failure file-size /srv/log has 4 bytes, and 3 at the dump; put back what was there at the dump, or have a rule: relax file \"/srv/log\"" \
	"is named, with what to do"
run doctor --root root --json dump
ended 1 "--json"
is "$(tr -d '\n' <out | tr -s ' ' | grep -o '"cause": "file-size", "thing": "/srv/log"')" '"cause": "file-size", "thing": "/srv/log"' "has it"
is "$(sed -n 2p out)" '  "ok": false,' "and the verdict"
run doctor --root root --quiet dump
is "$(grep -vc '  failure\|^dump$\|^this host$' out)" 0 "--quiet shows failures alone"
echo 'relax file "/srv/log"' >relax.rules
run doctor --root root --rules relax.rules dump
is "$(line file-size)" "" "after a rule has put it right it is none"

# Links stay below the root, and what is no file is not opened.
rm root/srv/log
ln -s /proc/self/environ root/srv/log
run doctor --root root dump
is "$(line file-absent | cut -d' ' -f1-3)" "failure file-absent /srv/log" "a link does not lead out of the root"
rm root/srv/log
mkfifo root/srv/log
run doctor --root root dump
is "$(line file-mode | cut -d' ' -f1-3)" "failure file-mode /srv/log" "a FIFO is not opened"
rm root/srv/log
mkdir root/srv/log
run doctor --root root dump
is "$(line file-mode | cut -d' ' -f1-3)" "failure file-mode /srv/log" "nor a directory"
rm -r root/srv/log

# Memory: a task of 300 MiB and the pages that are missing.
image dump/pagemap-1.img 0x56084025 "$(number 1 1)"
more dump/pagemap-1.img "$(number 1 4096)$(number 2 76800)$(number 4 4)"
printf 'MemTotal: 900000 kB\nMemAvailable: 200000 kB\nSwapFree: 1 kB\n' >root/proc/meminfo
run doctor --root root dump
is "$(line memory | cut -d';' -f1)" \
	"failure memory 300 MiB are in the checkpoint, and 195 MiB of memory and swap are free here" "too little memory"
is "$(line pages | cut -d';' -f1)" "failure pages pages-1.img has 0 pages instead of 76800" "and no pages"
truncate -s 300M dump/pages-1.img
sed -i 's/ 200000/ 800000/' root/proc/meminfo
run doctor --root root dump
is "$(line pages)" "" "pages that are there"
is "$(line memory)" "ok memory 300 MiB are in the checkpoint, of 781 MiB that are free here" "and memory for them"

mkdir -p root/proc/self
printf '5:memory:/ct\n0::/\n' >root/proc/self/cgroup
: >root/proc/self/mountinfo
run doctor --root root dump
says out "warning  cgroups       /sys/fs/cgroup no cgroups are mounted: runtimes end, criu mounts what it needs" "no cgroups"
is "$(line memory)" "ok memory 300 MiB are in the checkpoint, of 781 MiB that are free here" "whose limits nobody can see"
echo '{"ociVersion": "1"}' >dump/config.json
run doctor --root root dump
says out "failure  cgroups       /sys/fs/cgroup no cgroups are mounted" "for a container they have to be"
rm -r root/proc/self dump/config.json

mv root/proc/meminfo saved
run doctor --root root dump
says out "unknown  memory        /proc/meminfo does not say how much memory is free here" "memory of which nothing is known"
mkdir root/proc/meminfo
run doctor --root root dump
says out "unknown  memory        /proc/meminfo proc/meminfo: cannot read: Is a directory" "or that cannot be read"
rmdir root/proc/meminfo
mv saved root/proc/meminfo
mkdir -p root/proc/sys/kernel/pid_max
run doctor --root root dump
says out "unknown  pid           host.pid.max fact host.pid.max: proc/sys/kernel/pid_max: cannot read" "numbers whose limit is not known"
rm -r root/proc/sys

# External mounts that the spec of a container names; of two with one destination the first.
mount() { # ID KEY
	printf '{"fstype": 0, "mnt_id": %s, "root_dev": 1, "parent_mnt_id": 1, "flags": 0, "root": "/", "mountpoint": "%s", "source": "x",
		"options": "", "ext_key": "%s", "ext_mount": true}' "$1" "$2" "$2"
}
printf '{"magic": "MNTS", "entries": [%s, %s]}' "$(mount 2 /data)" "$(mount 3 /none)" | "$program" encode -o dump/mountpoints-9.img
echo '{"ociVersion": "1", "mounts": [{"destination": "/z", "source": "/"}, {"destination": "/data", "source": "/srv"}, {"type": "x"},
	{"destination": "/data"}]}' >dump/config.json
run doctor --root root dump
is "$(line mount | cut -d' ' -f1-3)" "unknown mount /none" "an external mount that the spec does not name, and one that it does"
rm dump/mountpoints-9.img dump/config.json

# CRIU takes one entry of cpuinfo.img, and to ask a CPU thousands of times may take seconds.
cpu() { # WORD
	printf '{"vendor_id": "INTEL", "cpu_family": 6, "model": 1, "stepping": 1, "capability_ver": 2, "capability": [%s,%s,%s,%s,%s,%s,%s]}' \
		"$1" "$1" "$1" "$1" "$1" "$1" "$1"
}
case $(uname -m) in
x86_64)
	printf '{"magic": "CPUINFO", "entries": [{"x86_entry": [%s, %s]}, {"x86_entry": [%s]}]}' \
		"$(cpu 0)" "$(cpu 4294967295)" "$(cpu 4294967295)" | "$program" encode -o dump/cpuinfo.img
	run doctor --root root dump
	is "$(grep -c SIGILL out)" 0 "the first CPU of cpuinfo.img counts"
	printf '{"magic": "CPUINFO", "entries": [{"x86_entry": [%s, %s]}]}' "$(cpu 4294967295)" "$(cpu 0)" |
		"$program" encode -o dump/cpuinfo.img
	run doctor --root root dump
	says out "fma4" "and is compared"
	rm dump/cpuinfo.img ;;
*) skip "CPUs of cpuinfo.img" "this is no x86" ;;
esac

# Names are shown so that they drive no terminal.
image dump/files.img 0x56303138 "$(file 1 "/srv/$(printf 'a\033[2J')" 3)"
run doctor --root root dump
says out '/srv/a\x1b[2J is not here' "control characters are shown"
for i in $(seq 2 30); do more dump/files.img "$(file "$i" "/srv/$i" 3)"; done
run doctor --root root dump
is "$(grep -c 'file-absent  */srv' out)" 20 "of very many things of a kind, 20"
says out "failure  files         10 more file-absent" "and how many more"
printf 'no image' >dump/files.img
run doctor --root root dump
says out "failure  image         files.img" "an image that is none"
run doctor empty
ended 1 "no checkpoint"
finish
