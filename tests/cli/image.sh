# SPDX-License-Identifier: GPL-2.0-only
# Makes images without any code of the project: protobuf by hand, in hex. Sourced.
# shellcheck shell=sh

varint() {
	n=$1
	while [ "$n" -ge 128 ]; do
		printf %02x $((n & 127 | 128))
		n=$((n >> 7))
	done
	printf %02x "$n"
}

number() { varint $(($1 << 3)); varint "$2"; }           # FIELD NUMBER
message() { varint $(($1 << 3 | 2)); varint $((${#2} / 2)); printf %s "$2"; } # FIELD HEX
text() { message "$1" "$(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')"; }   # FIELD TEXT

word() { # NUMBER: four bytes, the lowest first
	printf %02x%02x $(($1 & 255)) $(($1 >> 8 & 255))
	printf %02x%02x $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# image FILE MAGIC HEX: one entry behind IMG_COMMON and the magic.
image() {
	bytes=$(word 0x54564319)$(word "$2")$(word $((${#3} / 2)))$3
	for byte in $(printf %s "$bytes" | sed 's/../& /g'); do
		# shellcheck disable=SC2059
		printf "\\$(printf %03o "0x$byte")"
	done >"$1"
}

# cgroup NAME VALUE...: one cpuset group /ct with these properties.
cgroup() {
	properties=
	while [ $# -gt 0 ]; do
		properties=$properties$(message 3 "$(text 1 "$1")$(text 2 "$2")")
		shift 2
	done
	set=$(number 1 1)$(message 2 "$(text 1 cpuset)$(text 2 /ct)")
	controller=$(text 1 cpuset)$(message 2 "$(text 1 ct)$properties")
	message 1 "$set"
	message 2 "$controller"
}

# checkpoint DIR: a task in /ct with CPUs 0-3. Not restorable, but well-formed.
checkpoint() {
	mkdir -p "$1"
	image "$1/inventory.img" 0x58313116 "$(number 1 2)$(number 5 1)"
	image "$1/cgroup.img" 0x59383330 "$(cgroup cpuset.cpus 0-3 cpuset.mems 0)"
	task=$(number 1 1)$(number 2 0)$(number 3 0)$(number 4 0)$(number 5 0)$(text 6 sleep)
	image "$1/core-1.img" 0x55053847 "$(number 1 1)$(message 3 "$task")"
	echo "no image" >"$1/stats-dump"
}
