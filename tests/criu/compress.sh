#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Pages with LZ4 and without: on this machine's kernel with CRIU and crit 4.3.
. "$(dirname "$0")/lib.sh"
share sid
absorb < <(GROUP=crw-lz4-$$ here experimental bash -c "$inner/compress.sh")
tap_end
