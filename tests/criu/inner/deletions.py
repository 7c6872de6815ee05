#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What real CRIU does with an edit, and whether apply said so beforehand.

usage: deletions.py IMAGES EXCEPTIONS [EVERY [PATH...]], called by deletions.sh, with in the environment: OPTIONS of the
restore, MODE of managing cgroups, FILES of the tasks, CGROUPS of them.
For each message and each optional field in the checkpoint of rich (tests/lab/rich.c): a rule that deletes it; for each id:
a rule that sets it to nobody's; for each count: one that adds to it (edits.py). apply runs the rule; what it refuses is made by way of JSON. Then a
restore, and a look at the tasks. Where CRIU crashes, hangs, kills a task or loses memory without a word, apply
must have refused, by the rule's line and an image; where the tasks live, it must not have. Each edit is a check (TAP),
EVERY-th ones only; counts are at the end. EXCEPTIONS has lines `PATH EDIT REASON`.
"""
import collections
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import edits

REGIONS = (0x10000000, 0x20000000, 0x30000000, 0x40000000)
RESTORE = ["criu", "restore", "-d", "-W", "/tmp/work", "-o", "restore.log", "-v4"] + os.environ["OPTIONS"].split()
LIVES, DIFFERS, ERROR = "lives", "lives, differs", "CRIU's error"
HARMFUL = CRASH, KILLED, HANG, DIES, LOSS = "CRIU crashes", "task killed", "hang", "dies later", "memory lost"

FILES = os.environ["FILES"]
files_there = set(os.listdir(FILES))
images, exceptions_file = sys.argv[1:3]
every = int(sys.argv[3]) if len(sys.argv) > 3 else 1
only = tuple(sys.argv[4:])


def pids_in(directory):
    return [e["pid"] for e in edits.decode(os.path.join(directory, "pstree.img"))["entries"]]


# --- tasks ---------------------------------------------------------------------------
def read(name):
    try:
        with open(name, "rb") as f:
            return f.read().decode("utf-8", "replace")
    except OSError as why:
        return f"({why.strerror})"


def everybody():
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid(), os.getppid())]


def forget_groups():
    """Those that CRIU made for the tasks."""
    for top in os.environ["CGROUPS"].split():
        for directory, _, _ in os.walk(os.path.join(top, "job"), topdown=False):
            for _ in range(100):  # the kernel keeps one for a moment after its last task has gone
                try:
                    os.rmdir(directory)
                    break
                except OSError:
                    time.sleep(0.02)


def end_all():
    """This pid namespace is the laboratory's own: whatever is in it is of this restore."""
    for _ in range(200):
        left = [p for p in everybody() if read(f"/proc/{p}/stat").find(") Z ") < 0]
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if not everybody():
            return forget_groups()
        time.sleep(0.01)


def restored():
    """The tasks of the checkpoint: their pids in it, which another pid namespace may have, and those here."""
    pids = {}
    for pid in everybody():
        inner = re.search(r"^NSpid:.*\t(\d+)$", read(f"/proc/{pid}/status"), re.M)
        if inner and read(f"/proc/{pid}/comm") == "rich\n":
            pids[int(inner[1])] = pid
    return pids


def memory(pid, at):
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as f:
            f.seek(at)
            return hashlib.sha256(f.read(8 * 4096)).hexdigest()[:16]
    except OSError:
        return "none"


def prints_of(name_of_task, here):
    """Called by their pids in the checkpoint."""
    pid, proc = name_of_task, f"/proc/{here}"
    for name in ("status", "limits", "cmdline", "environ", "comm", "timers", "oom_score_adj", "personality"):
        for number, line in enumerate(read(f"{proc}/{name}").splitlines()):
            if not line.startswith(("Vm", "Rss", "voluntary", "nonvoluntary")):
                yield f"{pid} {name} {number}", line
    for line in read(f"{proc}/maps").splitlines():
        part = line.split()
        yield f"{pid} map {part[0]}", " ".join([part[1], part[2]] + part[5:])
    for name in ("cwd", "exe", "root"):
        yield f"{pid} {name}", os.readlink(f"{proc}/{name}")
    for fd in os.listdir(f"{proc}/fd"):
        yield f"{pid} fd {fd}", re.sub(r"\d+", "N", os.readlink(f"{proc}/fd/{fd}"))
        for number, line in enumerate(read(f"{proc}/fdinfo/{fd}").splitlines()):
            yield f"{pid} fdinfo {fd} {number}", line
    for region in REGIONS:
        for part in range(2):
            yield f"{pid} memory {region:x} {part}", memory(here, region + part * 0xc000)
    for number, thread in enumerate(sorted(os.listdir(f"{proc}/task"))):
        yield f"{pid} thread {number}", read(f"{proc}/task/{thread}/status").split("State:")[0]
    yield f"{pid} groups", read(f"{proc}/cgroup")
    for name in os.listdir(f"{proc}/ns"):
        yield f"{pid} ns {name}", os.readlink(f"{proc}/ns/{name}")


def fingerprint():
    got, there = {}, restored()
    for pid in pids_in(images):
        try:
            got.update(prints_of(pid, there[pid]))
        except (OSError, KeyError):
            got[f"{pid} gone"] = "yes"
    return got


def turns():
    """How often each thread has slept, which all of them do a hundred times a second."""
    return {name: read(name) for pid in restored().values() for name in glob.glob(f"/proc/{pid}/task/*/schedstat")}


def all_beat():
    """Does each thread run again within some time? A busy machine may take more than one look."""
    before = turns()
    for _ in range(40):
        time.sleep(0.06)
        after = turns()
        if before and all(after.get(name) not in (None, text) for name, text in before.items()):
            return True
    return False


# --- one restore ------------------------------------------------------------------------
def restore(directory, patience=30):
    """(outcome, detail)"""
    log = "/tmp/work/restore.log"
    for left in set(os.listdir(FILES)) - files_there:  # by CRIU, when it has failed
        os.unlink(os.path.join(FILES, left))
    if os.path.exists(log):
        os.unlink(log)
    criu = subprocess.Popen(RESTORE + ["-D", directory], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        status = criu.wait(patience)
    except subprocess.TimeoutExpired:
        return HANG, f"after {patience} s"
    text = read(log)
    last = [l for l in text.splitlines() if "Error" in l and "rlimit" not in l]
    if status < 0:
        return CRASH, f"signal {-status}"
    # CRIU itself ends its tasks by SIGKILL once one of them has failed.
    if m := re.search(r"killed by signal (?!9)\d+.*", text):
        return KILLED, m[0]
    if status:
        return ERROR, last[0] if last else f"status {status}"
    return None, ""


def judge(directory, baseline, patience):
    outcome, detail = restore(directory, patience)
    if outcome is None:
        time.sleep(0.02)
        got = fingerprint()
        gone = [p for p in pids_in(images) if f"{p} gone" in got and f"{p} gone" not in baseline]
        differs = sorted(k for k in baseline if got.get(k) != baseline[k])
        lost = [k for k in differs if " memory " in k and k.split()[0] not in map(str, gone)]
        if set(gone) & set(pids_in(directory)):
            outcome, detail = DIES, f"gone: {gone}"
        elif not all_beat():
            outcome, detail = DIES, "stands still"
        elif lost:
            outcome, detail = LOSS, lost[0]
        else:
            outcome, detail = (DIFFERS if differs else LIVES), " ".join(differs[:1])
    end_all()
    return outcome, detail


def settle():
    """What is the same after each restore of the checkpoint as it is."""
    common = None
    for _ in range(3):
        outcome, detail = restore(images)
        if outcome:
            sys.exit(f"Bail out! the checkpoint does not restore: {outcome}: {detail}")
        time.sleep(0.02)
        got = fingerprint()
        if not all_beat():
            sys.exit("Bail out! the restored tasks do not live")
        common = got if common is None else {k: v for k, v in common.items() if got.get(k) == v}
        end_all()
    return common


def try_edit(edit, baseline):
    shutil.rmtree("/tmp/edited", ignore_errors=True)
    apply = subprocess.run(["/share/criu-rewrite", "apply", "--rules", "-", "-o", "/tmp/edited", images],
                           input=f"{edit.rule}\nmanage-cgroups {os.environ['MODE']}\n".encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = " ".join(apply.stdout.decode().split()) or "(nothing)"
    if apply.returncode:
        shutil.rmtree("/tmp/edited", ignore_errors=True)
        shutil.copytree(images, "/tmp/edited")
        try:
            edits.make_by_json(edit, images, "/tmp/edited")
        except subprocess.CalledProcessError:
            return True, None, said  # no image at all
    # What is refused has to be no restore; what is accepted none that hangs, however busy the machine is.
    outcome, detail = judge("/tmp/edited", baseline, 5 if apply.returncode else 30)
    return apply.returncode != 0, outcome, said if apply.returncode else detail


def is_right(refused, outcome, said):
    if refused and outcome is None:
        return True
    if refused:
        return outcome not in (LIVES, DIFFERS) and ":1:" in said
    return outcome not in HARMFUL


def read_exceptions():
    lines = [line.strip() for line in open(exceptions_file) if line.strip() and line[0] != "#"]
    return {m[1]: m[2] for m in (re.match(r"(.* (?:delete|set-\w+)) (.*)", line) for line in lines)}


def main():
    os.makedirs("/tmp/work", exist_ok=True)
    baseline, exceptions = settle(), read_exceptions()
    counts, count, failed = collections.Counter(), 0, 0
    for number, edit in enumerate(edits.all_edits(images)):
        if number % every or (only and not edit.path.startswith(only)):
            continue
        refused, outcome, detail = try_edit(edit, baseline)
        counts[("refused" if refused else "accepted", outcome or "no image")] += 1
        count += 1
        good = is_right(refused, outcome, detail)
        reason = exceptions.get(f"{edit.path} {edit.edit}")
        todo = f" # exception: {reason}" if reason and not good else ""
        failed += not good and not reason
        print("ok" if good or reason else "not ok", f"{count} - {edit.path} {edit.edit}: "
              f"{'refused' if refused else 'accepted'}, {outcome}{todo}")
        if not good or os.environ.get("V"):
            print(f"# {edit.rule}\n# {detail[:300]}", flush=True)
    for (ours, outcome), number in sorted(counts.items()):
        print(f"# {ours}, {outcome}: {number}")
    print(f"1..{count}")
    sys.exit(failed > 0)


main()
