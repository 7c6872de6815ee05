#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Options of CRIU that rules give, on real CRIU.
. "$(dirname "$0")/lib.sh"
on_each_criu option.sh
tap_end
