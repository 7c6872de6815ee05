#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Raw images of network namespaces on real CRIU.
. "$(dirname "$0")/lib.sh"
on_each_criu raw.sh
tap_end
