# SPDX-License-Identifier: GPL-2.0-only
# Run by begin_in_root (root_lib.sh) in a mount namespace of its own: makes /tmp/root the root, with /tmp/outside on its
# /data, writes its pid to /share/ready and becomes a sleep there.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
BIND, PRIVATE, DETACH, PIVOT_ROOT = 4096, 1 << 18 | 16384, 2, 155
def call(function, *args):
    if function(*args) != 0:
        raise OSError(ctypes.get_errno(), str(args))
call(libc.mount, None, b"/", None, PRIVATE, None)
call(libc.mount, b"/tmp/root", b"/tmp/root", None, BIND, None)
call(libc.mount, b"/tmp/outside", b"/tmp/root/data", None, BIND, None)
ready = open("/share/ready", "w")
os.chdir("/tmp/root")
call(libc.syscall, PIVOT_ROOT, b".", b"old")
call(libc.umount2, b"/old", DETACH)
os.chdir("/")
ready.write("%d\n" % os.getpid())
ready.close()
null = os.open("/data.log", os.O_RDWR | os.O_CREAT)
for fd in 0, 1, 2:
    os.dup2(null, fd)
os.execv("/bin/sleep", ["sleep", "1000"])
