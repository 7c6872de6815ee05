#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# inner/preflight.sh on this machine's kernel with CRIU 4.2.1; ./machines has other versions.
. "$(dirname "$0")/lib.sh"
share_subject sid
absorb < <(GROUP=crw-$$ here sid "$inner/preflight.sh")
tap_end
