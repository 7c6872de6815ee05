#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Restores by RPC, as libcriu and the runtimes do it: `criu swrk` on a socket.

usage: rpc.py IMAGES WORK LOG
Prints "restored PID", or the error of CRIU's answer.
"""
import os
import socket
import subprocess
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")
from pycriu import rpc_pb2 as rpc  # noqa: E402

images, work, log = sys.argv[1:]
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
theirs.set_inheritable(True)
criu = subprocess.Popen(["criu", "swrk", str(theirs.fileno())], close_fds=False)
theirs.close()

request = rpc.criu_req(type=rpc.RESTORE)
images_fd = os.open(images, os.O_RDONLY | os.O_DIRECTORY)
work_fd = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
os.set_inheritable(images_fd, True)
request.opts.images_dir_fd = images_fd
request.opts.work_dir_fd = work_fd
request.opts.log_file = log
request.opts.log_level = 4
request.opts.manage_cgroups = True
ours.send(request.SerializeToString())
answer = rpc.criu_resp()
answer.ParseFromString(ours.recv(65536))
criu.wait()
print("restored %d" % answer.restore.pid if answer.success else answer.cr_errmsg.strip())
