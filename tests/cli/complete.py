#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Types into a real shell, and prints what its line then is.

usage: complete.py SHELL COMPLETION PROGRAM LINE...
Of each LINE it types the text, a tab, and the key that has the shell write its line to a file.
"""
import os
import pty
import re
import select
import sys
import tempfile

shell, completion, program, *lines = sys.argv[1:]
home = tempfile.mkdtemp()
answer = home + "/answer"
folder = os.path.dirname(program)
begin = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
setup = {
    "bash": f"""PATH={folder}:$PATH; PS1=; bind 'set bell-style none'; bind 'set completion-query-items 0'
. {completion}; show() {{ printf '%s\\n' "$READLINE_LINE" >{answer}.new; mv {answer}.new {answer}; }}; bind -x '"\\C-t": show'
echo rea''dy""",
    "zsh": f"""PATH={folder}:$PATH PS1=; unsetopt zle_bracketed_paste; mkdir {home}/f; cp {completion} {home}/f/_criu-rewrite; fpath=({home}/f $fpath)
autoload -U compinit; compinit -u -D; show() {{ print -r -- "$BUFFER" >{answer}.new; mv {answer}.new {answer} }}; zle -N show; bindkey '^T' show
bindkey '^U' kill-whole-line; LISTMAX=0
echo rea''dy""",
    "fish": f"""set PATH {folder} $PATH; function fish_prompt; end; source {completion}
function show; commandline >{answer}.new; mv {answer}.new {answer}; end; bind \\ct show; bind \\cu 'commandline ""'
echo rea''dy""",
}

pid, fd = pty.fork()
if pid == 0:
    os.environ.update(HOME=home, TERM="xterm", LC_ALL="C.UTF-8", XDG_CONFIG_HOME=home, XDG_DATA_HOME=home)
    os.execvp(begin[shell][0], begin[shell])


def read_until(done, what):
    """Reads what the shell prints, and throws it away, until that is so."""
    said = b""
    for _ in range(600):
        if select.select([fd], [], [], 0.05)[0]:
            said += os.read(fd, 65536)
            if b"\x1b[c" in said or b"\x1b[0c" in said:  # asks what terminal this is
                os.write(fd, b"\x1b[?62;c")
                said = said.replace(b"\x1b[c", b"").replace(b"\x1b[0c", b"")
        if done(said):
            return
    sys.exit(f"{shell}: no end of {what}: {re.sub(rb'[^ -~]', b'.', said[-500:]).decode()}")


for line in setup[shell].split("\n"):
    os.write(fd, line.encode() + b"\n")
read_until(lambda said: b"ready" in said, "the setup")
for line in lines:
    os.write(fd, line.encode() + b"\t\x14")
    read_until(lambda said: os.path.exists(answer), line)
    print(open(answer).read().rstrip("\n") + "|")
    os.unlink(answer)
    os.write(fd, b"\x15")
os.kill(pid, 9)
