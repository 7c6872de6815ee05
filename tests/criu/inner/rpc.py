#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Restores by RPC, as libcriu and the runtimes do it: `criu swrk` on a socket.

usage: rpc.py IMAGES WORK LOG [after-version] [sibling] [service=SOCKET]
Prints "restored PID", or the error of CRIU's answer. With after-version it is the second request on the socket; as a
sibling the restored process is a child of this one, and that is said; a service is asked instead of a criu of our own.
"""
import os
import socket
import subprocess
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")
from pycriu import rpc_pb2 as rpc  # noqa: E402

images, work, log = sys.argv[1:4]
how = sys.argv[4:]
service = [word.split("=", 1)[1] for word in how if word.startswith("service=")]
if service:
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.connect(service[0])
else:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.set_inheritable(True)
    criu = subprocess.Popen(["criu", "swrk", str(theirs.fileno())], close_fds=False)
    theirs.close()


def ask(request):
    ours.send(request.SerializeToString())
    answer = rpc.criu_resp()
    answer.ParseFromString(ours.recv(65536))
    return answer


if "after-version" in how:
    ask(rpc.criu_req(type=rpc.VERSION, keep_open=True))
request = rpc.criu_req(type=rpc.RESTORE)
images_fd = os.open(images, os.O_RDONLY | os.O_DIRECTORY)
work_fd = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
os.set_inheritable(images_fd, True)
request.opts.images_dir_fd = images_fd
request.opts.work_dir_fd = work_fd
request.opts.log_file = log
request.opts.log_level = 4
request.opts.manage_cgroups = True
if "sibling" in how:
    request.opts.rst_sibling = True
answer = ask(request)
if not service:
    criu.wait()
if answer.success and "sibling" in how:
    with open("/proc/%d/stat" % answer.restore.pid) as stat:
        print("child" if int(stat.read().split()[3]) == os.getpid() else "no child")
print("restored %d" % answer.restore.pid if answer.success else answer.cr_errmsg.strip())
