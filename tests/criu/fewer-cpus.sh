#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A checkpoint of a machine with 4 CPUs on one with 2: what CRIU by itself makes of it. Debian 12's CRIU on both.
. "$(dirname "$0")/lib.sh"

source_machine() {
	tree_start
	assert_cpus 0-3
	dump
}

same_size() {
	assert_restores
	assert_alive
	assert_cpus 0-3
	tree_stop
}

smaller() {
	local before
	before=$(sha_of_images)
	assert_refused 'Numerical result out of range'
	assert_logged "Failed writing 0-3 to cpuset/$group/cpuset.cpus"
	[ "$before" = "$(sha_of_images)" ] || fail "the images changed"
}

main() {
	machine --cpus 4 -- source_machine
	machine --cpus 4 -- same_size
	machine --cpus 2 -- smaller
}

run "$@"
