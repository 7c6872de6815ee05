#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compares proto/criu.proto, display.def and kinds.def with an installed pycriu.
#
#	tests/schema/check.sh [PYTHON...]
#
# Every argument is one way to run a Python that has a pycriu, words included
# ("chroot DIR python3"); without any it is the first in PATH and the system's
# own. Our files reach it as a tar on standard input, so that it need not see
# this directory.
# Exit: 0 alike, 1 differences, 77 no pycriu anywhere.
set -u

here=$(cd "$(dirname "$0")/../../proto" && pwd) || exit 1

# Unpacks our files where that Python runs, and runs the check there.
runner='
import io, os, runpy, sys, tarfile, tempfile
sys.dont_write_bytecode = True
with tempfile.TemporaryDirectory() as folder:
    archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
    archive.extraction_filter = getattr(tarfile, "data_filter", None)
    archive.extractall(folder)
    sys.argv = ["schema.py", "--check"]
    runpy.run_path(os.path.join(folder, "schema.py"), run_name="__main__")
'

check()
{
	# shellcheck disable=SC2086 # a command with its words
	tar -C "$here" -cf - schema.py criu.proto display.def kinds.def | $1 -c "$runner"
}

[ $# -gt 0 ] || set -- python3 /usr/bin/python3
failed=0 skipped=0
for python in "$@"; do
	check "$python"
	case $? in
	0)	echo "ok - schema against $python" ;;
	77)	echo "ok - schema against $python # SKIP it has no pycriu"
		skipped=$((skipped + 1)) ;;
	*)	echo "not ok - schema against $python"
		failed=1 ;;
	esac
done
[ "$failed" -eq 0 ] || exit 1
[ "$skipped" -lt $# ] || {
	echo "SKIPPED: nothing was compared, no Python here has a pycriu" >&2
	exit 77
}
