#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""rpc.py with a criu that is put into groups before it is called, as runc does with the container's.

usage: rpc_in.py IMAGES WORK LOG GROUP_DIRECTORY...
"""
import os
import runpy
import subprocess
import sys

groups = sys.argv[4:]
del sys.argv[4:]
start = subprocess.Popen


def enter():
    for group in groups:
        with open(group + "/cgroup.procs", "w") as procs:
            procs.write("0")


subprocess.Popen = lambda *args, **options: start(*args, preexec_fn=enter, **options)
runpy.run_path(os.path.join(os.path.dirname(__file__), "rpc.py"), run_name="__main__")
