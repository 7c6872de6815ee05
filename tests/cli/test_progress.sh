#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What takes long says on a terminal what it is at, and nowhere else. It is kept waiting until it does: nothing is timed.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"
command -v python3 >/dev/null || { echo "SKIP: there is no python3"; exit 77; }

checkpoint dump
cat >terminal.py <<'END'
# usage: terminal.py both|error|none ARGUMENT...: decodes dump/core-1.img from a pipe that gives nothing more until the
# terminal has shown progress twice, or, without one, until the command waits for it. Prints what was seen.
import fcntl, os, pty, re, select, struct, sys, termios, time

image = open("dump/core-1.img", "rb").read()
where, command = sys.argv[1], sys.argv[2:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
source, sink = os.pipe()
fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, 4096)
child = os.fork()
if child == 0:
    os.dup2(source, 0)
    os.dup2(slave if where == "both" else os.open("out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
    os.dup2(slave if where != "none" else os.open("err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 2)
    os.close(sink)
    os.environ["TERM"] = "xterm"
    os.execv(command[0], command)
os.close(source)
seen = b""
if where == "none":
    # More than the pipe holds: when all is written, the command has begun to read, and its timer would run.
    os.write(sink, image + b"\0" * 8192)
    caught = re.search(r"SigCgt:\s*(\w+)", open(f"/proc/{child}/status").read())[1]
    print("a timer" if int(caught, 16) >> 13 & 1 else "no timer")
else:
    while seen.count(b" s\x1b[K") < 2:
        seen += os.read(master, 65536)
    os.write(sink, image)
os.close(sink)
# This end of the terminal stays open to the last: a kernel may forget what was written to one that nobody has open any more.
ended = 0
while True:
    while select.select([master], [], [], 0)[0]:
        seen += os.read(master, 65536)
    if ended:
        break
    ended, status = os.waitpid(child, 0 if where == "none" else os.WNOHANG)
    time.sleep(0.02)
status = os.waitstatus_to_exitcode(status)
if where != "none":
    print("ended", status)
    open("seen", "wb").write(seen)
    print(re.sub(r"\d+", "N", seen.decode().split("\r\x1b[K")[0].split("\x1b[K")[0].strip("\r")))
    print("at the end" if seen.endswith(b"\r\x1b[K") else "before the rest")
END
python3 terminal.py both "$program" decode --pretty >said 2>&1
is "$(cat said)" "ended 0
criu-rewrite: N s
before the rest" "a terminal is told how long it has taken"
"$program" decode --pretty -i dump/core-1.img >wanted
python3 -c 'import sys; sys.stdout.write(open("seen", "rb").read().decode().split("\r\x1b[K")[1].replace("\r\n", "\n"))' >rest
is "$(cat rest)" "$(cat wanted)" "and the line is gone before what is printed"
python3 terminal.py error "$program" decode --pretty >said 2>&1
is "$(cat said)" "ended 0
criu-rewrite: N s
at the end" "with standard output elsewhere it goes at the end"
is "$(cat out)" "$(cat wanted)" "and has not got into that"
is "$(python3 terminal.py none "$program" decode --pretty 2>&1)" "no timer" "without a terminal there is nothing"
is "$(grep -c "$(printf '\033')" err)" 0 "on standard error"
finish
