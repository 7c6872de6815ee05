#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with more CPUs: the tree in nested groups with all of them, dumped.
. /src/tests/criu/inner/lib.sh

ok "a tree of processes in nested groups, each with the CPUs $(cat $cpuset/cpuset.cpus)" tree groups "$group"
ok "runs" tree start "$tree" "$group"
ok "and is dumped" dump
tree gone "$tree"
sums >/share/sums
tap_end
