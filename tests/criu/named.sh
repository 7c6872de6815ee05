#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A plugin that is named as a file: by `criu-rewrite restore`, and by `make install-criu`, with CRIU 4.1.1.
. "$(dirname "$0")/lib.sh"
share trixie
absorb < <(GROUP=crw-named-$$ here trixie bash -c "$inner/named.sh")
tap_end
