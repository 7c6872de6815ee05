#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An example of libcriu-rewrite from Python: what a file of rules would change in a checkpoint.

usage: plan.py RULES DIR
"""
import ctypes
import os
import sys


class Crw(ctypes.Structure):
    """struct crw, which only the library looks into"""


class Change(ctypes.Structure):
    """struct crw_change as far as it is used here"""
    _fields_ = [(name, ctypes.c_char_p) for name in ("image", "where", "field", "before", "after")]


lib = ctypes.CDLL("libcriu-rewrite.so.0")
crw_p = ctypes.POINTER(Crw)
for name, result, *arguments in (
    ("crw_new", crw_p),
    ("crw_free", None, crw_p),
    ("crw_error", ctypes.c_char_p, crw_p),
    ("crw_add_rules", ctypes.c_int, crw_p, ctypes.c_char_p),
    ("crw_open", ctypes.c_int, crw_p, ctypes.c_int),
    ("crw_run", ctypes.c_int, crw_p),
    ("crw_change_count", ctypes.c_size_t, crw_p),
    ("crw_change", ctypes.POINTER(Change), crw_p, ctypes.c_size_t),
):
    getattr(lib, name).restype = result
    getattr(lib, name).argtypes = arguments


def main(rules, directory):
    crw = lib.crw_new()
    images = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    if lib.crw_add_rules(crw, rules.encode()) or lib.crw_open(crw, images) or lib.crw_run(crw):
        sys.exit("plan.py: " + lib.crw_error(crw).decode())
    for i in range(lib.crw_change_count(crw)):
        change = lib.crw_change(crw, i).contents
        words = (change.image, change.field, change.before or b"nothing", b"->", change.after or b"nothing")
        print(b" ".join(words).decode())
    lib.crw_free(crw)
    os.close(images)


if __name__ == "__main__":
    main(*sys.argv[1:])
