# SPDX-License-Identifier: GPL-2.0-only
# A task for doctor.sh, in its working directory: files, sockets with names, memory. Ends its parent when it is ready.
import fcntl, os, socket, time

held = [open("log", "w"), os.open("fifo", os.O_RDWR)]
held[0].write("a line\n")
held[0].flush()


def bound(family, kind, *where):
    s = socket.socket(family, kind)
    if kind == socket.SOCK_STREAM:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(*where)
    held.append(s)
    return s


if os.path.exists("with-sockets"):
    bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 7911)).listen()
    bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 7912))
    bound(socket.AF_UNIX, socket.SOCK_STREAM, "\0doctor").listen()
    os.mkdir("run")
    bound(socket.AF_UNIX, socket.SOCK_DGRAM, "run/socket")
if os.path.exists("with-connection"):
    server = bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 7913))
    server.listen()
    held.append(socket.create_connection(("127.0.0.1", 7913)))
    held.append(server.accept())
if os.path.exists("with-lock"):
    fcntl.flock(held[0], fcntl.LOCK_EX)
if os.path.exists("with-peer"):
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    peer.connect("/tmp/other-end")
    held.append(peer)
if os.path.exists("with-memory"):
    held.append(b"page" * (16 << 20))
open("ready", "w").close()
while True:
    time.sleep(1)
