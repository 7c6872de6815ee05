#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Real restores and dumps by Debian 13's CRIU 4.1.1 in which system calls, allocations and transfers of the plugin fail.
# FAULTS=all: every one, which takes hours, and they get LIMIT seconds for it. In pieces: PART=1/12 to 12/12, of single VIEWS
# (detached, namespace, unprivileged; dump).
. "$(dirname "$0")/lib.sh"
share trixie
built=$("$lab/build.sh" trixie)
"$lab/enter.sh" --share "$built" trixie make -s -C /src B=/share faulty &&
	cp "$built/tests/faults/rewrite.so" "$share/faulty.so"
for view in ${VIEWS-detached namespace unprivileged dump}; do
	case $view in
	detached | namespace) script=faults ;;
	*) script=faults_$view ;;
	esac
	absorb < <(FAULTS=${FAULTS-} PART=${PART-} GROUP=crw-faults-$$ "$lab/enter.sh" --timeout "${LIMIT-3000}" --share "$share" trixie \
		bash "$inner/$script.sh" "$view")
	rm -rf "$share/images" "$share/work"
done
tap_end
