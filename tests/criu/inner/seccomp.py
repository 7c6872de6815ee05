#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: seccomp.py kill|ERROR CALL[,CALL...] COMMAND [ARGUMENT...]

Runs COMMAND under a seccomp filter, as container runtimes do: each of these system calls, by whatever process, is
answered with the error (EPERM, ENOSYS, ...) or kills the process at once. Numbers are x86_64's.
"""
import ctypes
import errno
import os
import struct
import sys

NUMBERS = {"umount2": 166, "fsetxattr": 190, "unshare": 272, "dup3": 292, "open_tree": 428, "move_mount": 429,
           "fsopen": 430, "fsmount": 432}
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def program(action, calls):
    yield LOAD_NUMBER, 0, 0, 0
    for i, call in enumerate(calls):
        yield JUMP_IF_EQUAL, len(calls) - i, 0, NUMBERS[call]
    yield RETURN, 0, 0, ALLOW
    yield RETURN, 0, 0, action


def install(action, calls):
    filters = b"".join(struct.pack("=HBBI", *step) for step in program(action, calls))
    code = ctypes.create_string_buffer(filters, len(filters))
    head = struct.pack("@HP", len(filters) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(head), 0, 0) < 0:
        sys.exit("seccomp.py: " + os.strerror(ctypes.get_errno()))


answer, names, *command = sys.argv[1:]
install(KILL_PROCESS if answer == "kill" else ERRNO | getattr(errno, answer), names.split(","))
os.execvp(command[0], command)
