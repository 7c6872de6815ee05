# SPDX-License-Identifier: GPL-2.0-only
"""The two streams of a migration between machines, made by its caller.

pair.py to ADDRESS ROUNDS PROGRAM...    accepts them, that often, and runs PROGRAM with their numbers for COMMANDS and MEMORY
pair.py from ADDRESS PROGRAM...         connects
pair.py answer ADDRESS PROGRAM...       whoever connects gets the exit status of PROGRAM, a byte
pair.py ask ADDRESS                     is such an exit status; 2 where nobody answers
"""

import contextlib
import socket
import subprocess
import sys
import time

PORT, ASK_PORT = 7100, 7101


def listen(address, port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(8)
    return listener


def connect(address):
    while True:
        try:
            return socket.create_connection((address, PORT), 10)
        except OSError:
            time.sleep(0.1)


def run(program, streams):
    for stream in streams:
        stream.settimeout(None)
    numbers = dict(zip(("COMMANDS", "MEMORY"), (str(s.fileno()) for s in streams)))
    child = subprocess.Popen([numbers.get(w, w) for w in program], pass_fds=[s.fileno() for s in streams])
    for stream in streams:
        stream.close()
    return child.wait() & 255


def ask(address):
    try:
        return (socket.create_connection((address, ASK_PORT), 10).recv(1) or b"\2")[0]
    except OSError:
        return 2


def main(what, address, *words):
    if what == "ask":
        return ask(address)
    if what == "from":
        return run(words, [connect(address), connect(address)])
    listener = listen(address, PORT if what == "to" else ASK_PORT)
    if what == "to":
        for _ in range(int(words[0])):
            status = run(words[1:], [listener.accept()[0], listener.accept()[0]])
        return status
    while True:
        stream = listener.accept()[0]
        status = subprocess.call(words) & 255
        with contextlib.suppress(OSError):  # it asks again
            stream.send(bytes([status]))
        stream.close()


sys.exit(main(*sys.argv[1:]))
