#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What `crit x` and `crit info` say of checkpoints.

usage: crit_explore.py DIR OUT

For every checkpoint DIR/name writes OUT/name.ps, .fds, .mems and .rss, and for every
image OUT/name.IMAGE.info; nothing where crit fails. Needs the crit package of Python.
"""

import contextlib
import os
import sys

from crit import __main__ as crit


def run(path, function, options):
    """In a process of its own, for crit keeps what it has read. It is a fork, since
    crit takes long to start."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            with open(path, "w") as out, contextlib.redirect_stdout(out):
                function(options)
            status = 0
        except BaseException:
            os.unlink(path)
        os._exit(status)
    os.waitpid(pid, 0)


def main():
    where, out = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    for name in sorted(os.listdir(where)):
        checkpoint = os.path.join(where, name)
        if not os.path.exists(os.path.join(checkpoint, "pstree.img")):
            continue
        for what in ("ps", "fds", "mems", "rss"):
            run("%s/%s.%s" % (out, name, what), crit.explore, {"dir": checkpoint, "what": what})
        for image in sorted(os.listdir(checkpoint)):
            if image.startswith(("files", "pagemap", "core", "mm", "inventory")):
                run("%s/%s.%s.info" % (out, name, image), crit.info,
                    {"in": os.path.join(checkpoint, image)})


if __name__ == "__main__":
    main()
