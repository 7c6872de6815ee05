#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Entries that rules add, on real CRIU.
. "$(dirname "$0")/lib.sh"
on_each_criu add.sh
tap_end
