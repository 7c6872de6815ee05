#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: machine.sh [OPTION...] COMMAND [ARGUMENT...]
# Runs COMMAND as root in an emulated machine. Its output and exit status are this script's own; standard error joins it.
#   /src    the project      /share  DIR, the working directory; what COMMAND leaves there is in DIR afterwards
#   --suite ROOT      userland and CRIU, of the table `roots`                    default: bookworm
#   --disk FILE       another root with that suite's userland, as ext4
#   --cpus N          default: 2
#   --nodes N         NUMA nodes, CPUs and memory split evenly                   default: 1
#   --memory MIB      default: 1024
#   --cgroups WAY     v1, v1-joined (cpu,cpuacct together), v2, hybrid           default: v1
#   --init WAY        script: nothing else runs; systemd: booted, with cgroup v2 default: script
#   --share DIR       default: an empty one, gone at the end
#   --link N:DIR      N is 1 or 2: of two machines with the same DIR, each is the other's network; eth0, once virtio_net is loaded
#   --append WORDS    more words for the kernel's command line
#   --timeout SECONDS default: 900; the exit status is then 124
# LAB_ACCEL=kvm and LAB_CPU=MODEL replace the emulator's accelerator and CPU model. The defaults: one thread, which is
# faster where there are no more CPUs than two; and a CPU with nothing that the machine of a restore could lack, but with
# a source of random numbers, for which CRIU's libraries would else wait 5 s each time.
set -eu
. "$(dirname "$0")/lab.sh"
close_inherited

suite=bookworm disk='' cpus=2 nodes=1 memory=1024 cgroups=v1 init=script share='' link='' append='' timeout=900
while [ $# -gt 0 ]; do
	case $1 in
	--suite | --disk | --cpus | --nodes | --memory | --cgroups | --init | --share | --link | --append | --timeout)
		[ $# -ge 2 ] || die "$1 needs a value"
		eval "${1#--}=\$2"
		shift 2
		;;
	--*) die "unknown option $1" ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || die "usage: machine.sh [OPTION...] COMMAND [ARGUMENT...]"
known "$suite"
case $cgroups in v1 | v1-joined | v2 | hybrid) ;; *) die "unknown --cgroups $cgroups" ;; esac
case $init in script | systemd) ;; *) die "unknown --init $init" ;; esac
case $link in '' | [12]:?*) ;; *) die "--link is 1:DIR or 2:DIR" ;; esac

root_rights
[ "$(uname -m)" = x86_64 ] || skip "the emulated machines are x86_64, this one is $(uname -m)"
(
	lock
	need qemu-system-x86_64 qemu-system-x86
)
[ -n "$disk" ] || "$(dirname "$0")/rootfs.sh" "$suite"
"$(dirname "$0")/rootfs.sh" bookworm
kernel=$state/bookworm.kernel

run=$(mktemp -d "$state/machine.XXXXXX")
trap 'rm -rf "$run"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
[ -n "$share" ] || mkdir "${share:=$run/share}"
share=$(cd "$share" && pwd)

# The job: the command, the first scripts, the project, the share.
mkdir "$run/lab"
cp "$(dirname "$0")/guest-run.sh" "$(dirname "$0")/guest-init.sh" "$run/lab/"
[ $init = script ] || cp "$(dirname "$0")/guest-systemd.sh" "$run/lab/guest-init.sh"
for word; do
	printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
done >"$run/lab/command"
tar -cf "$run/job.tar" -C "$run" lab \
	--exclude=./.lab --exclude=./.git --exclude=./build --transform='s,^\.,src,' -C "$top" . ||
	[ $? = 1 ] # a file of the project was written to meanwhile
tar -rf "$run/job.tar" --transform='s,^\.,share,' -C "$share" .
truncate -s 1G "$run/answer.tar"

machine=
if [ "$nodes" -gt 1 ]; then
	for n in $(seq 0 $((nodes - 1))); do
		machine="$machine -object memory-backend-ram,id=node$n,size=$((memory / nodes))M"
		machine="$machine -numa node,memdev=node$n,cpus=$((n * cpus / nodes))-$(((n + 1) * cpus / nodes - 1))"
	done
	memory=$((memory / nodes * nodes))
fi

network=
if [ -n "$link" ]; then
	n=${link%%:*} place=${link#*:}
	network="-netdev dgram,id=link,local.type=unix,local.path=$place/$n,remote.type=unix,remote.path=$place/$((3 - n))"
	network="$network -device virtio-net-pci,netdev=link,mac=52:54:00:00:00:0$n,romfile="
fi

drive() { echo "-drive file=$1,format=raw,if=virtio,cache=unsafe,$2"; }
status=0
# shellcheck disable=SC2046,SC2086
TMPDIR=$run timeout --foreground -k 5 "$timeout" qemu-system-x86_64 \
	-accel "${LAB_ACCEL:-tcg,thread=single}" -cpu "${LAB_CPU:-qemu64,+rdrand}" -smp "$cpus" -m "$memory" $machine $network \
	-nodefaults -no-user-config -display none -no-reboot \
	-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
	-append "console=ttyS0 panic=-1 quiet loglevel=4 no_timer_check mitigations=off random.trust_cpu=on rcupdate.rcu_expedited=1 cgroups=$cgroups $append" \
	$(drive "${disk:-$state/$suite.ext4}" snapshot=on) \
	$(drive "$kernel/modules.ext4" snapshot=on) \
	$(drive "$run/job.tar" readonly=on) \
	$(drive "$run/answer.tar" readonly=off) \
	-serial "file:$run/console" -serial stdio </dev/null 2>"$run/qemu" || status=$?

mkdir "$run/answer"
tar -xf "$run/answer.tar" -C "$run/answer" 2>/dev/null || :
if [ ! -e "$run/answer/lab/status" ]; then
	case $status in
	124 | 137)
		say "machine: no end after $timeout s; its console:"
		status=124
		;;
	*)
		say "machine: died; its console:"
		status=125
		;;
	esac
	tail -n 25 "$run/qemu" "$run/console" >&2
	exit "$status"
fi
find "$share" -mindepth 1 -delete
tar -xf "$run/answer.tar" -C "$share" --strip-components=1 --warning=no-timestamp share # its clock is not ours
exit "$(cat "$run/answer/lab/status")"
