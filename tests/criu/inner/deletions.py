#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What real CRIU does with an edit, and whether apply said so beforehand.

usage: deletions.py IMAGES EXCEPTIONS [EVERY [PATH...]]
For each message and each optional field in the checkpoint of rich (tests/lab/rich.c): a rule that deletes it;
for each id: a rule that sets it to nobody's. apply runs the rule; what it refuses is made by way of JSON. Then a
restore, and a look at the tasks. Where CRIU crashes, hangs, kills a task or loses memory without a word, apply
must have refused, by the rule's line and an image; where the tasks live, it must not have. Each edit is a check (TAP),
EVERY-th ones only; counts are at the end. EXCEPTIONS has lines `PATH EDIT REASON`.
"""
import collections
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

PIDS = (5001, 5003, 5004)
REGIONS = (0x10000000, 0x20000000, 0x30000000, 0x40000000)
NOBODY = {"pid": 30111, "sid": 30111, "pgid": 30111, "ppid": 30111, "pgrp": 30111, "index": 30111, "fd": 77, "wd": 77,
          "tfd": 77, "signum": 50}
IDS = re.compile(r"(^|_)(id|ino|inode|pid|sid|pgid|pgrp|ppid|index|peer|shmid|fd|tfd|wd|signum|dev)$")
RESTORE = ["criu", "restore", "-d", "-W", "/tmp/work", "-o", "restore.log", "-v4", "--manage-cgroups=ignore",
           "--tcp-established", "--network-lock", "skip", "--file-locks"]
LIVES, DIFFERS, ERROR = "lives", "lives, differs", "CRIU's error"
HARMFUL = CRASH, KILLED, HANG, DIES, LOSS = "CRIU crashes", "task killed", "hang", "dies later", "memory lost"

FILES = "/tmp/r"
files_there = set(os.listdir(FILES))
images, exceptions_file = sys.argv[1:3]
every = int(sys.argv[3]) if len(sys.argv) > 3 else 1
only = tuple(sys.argv[4:])


# --- the schema, as the project has it -----------------------------------------------
Field = collections.namedtuple("Field", "label type")


def read_schema():
    messages, current = {}, None
    for line in open("/src/proto/criu.proto"):
        if m := re.match(r"message (\w+) {", line):
            current = messages.setdefault(m[1], {})
        elif m := re.match(r"\s+(optional|required|repeated) (\w+) (\w+) =", line):
            current[m[3]] = Field(m[1], m[2])
    return messages


def read_kinds():
    text = re.sub(r"\n\t", " ", open("/src/proto/kinds.def").read())
    for m in re.finditer(r'^(ENTRIES|HEADED)\((.*)\)$', text, re.M):
        part = [p.strip().strip('"') for p in m[2].split(",")]
        yield part[0], part[1], part[4:-1]  # name, pattern, messages: of the first entry, of all others


messages, kinds = read_schema(), list(read_kinds())


# --- edits ----------------------------------------------------------------------------
# Steps are (field, index or None); a statement is for all images of the kind, or for one place.
Edit = collections.namedtuple("Edit", "path edit rule kind files place")


def decode(file):
    return json.loads(subprocess.run(["/share/criu-rewrite", "decode", "-i", file], check=True, stdout=subprocess.PIPE).stdout)


def steps_text(steps):
    return "".join(f".{name}" + ("" if index is None else f"[{index}]") for name, index in steps)


def nobody(name):
    return NOBODY.get(name, 987654)


def walk(message, value, steps, found):
    """Notes the first place of each field: names from the entry on -> steps."""
    for name, field in messages[message].items():
        if name not in value or value[name] in ([], None):
            continue
        names = tuple(n for n, _ in steps) + (name,)
        found.setdefault(names, (steps, field, message))
        if field.type in messages and field.label != "repeated":
            walk(field.type, value[name], steps + [(name, None)], found)
        elif field.type in messages:
            for index, element in enumerate(value[name][:3]):
                walk(field.type, element, steps + [(name, index)], found)


def edits_of_kind(kind, files, names, decoded):
    found = {}
    for file in files:
        for index, entry in enumerate(decoded[file]["entries"]):
            message = names[0] if index == 0 else names[-1]
            here = {}
            walk(message, entry, [], here)
            found.setdefault((message, ()), (file, index, [], None))
            for path, (steps, field, _) in here.items():
                found.setdefault((message, path), (file, index, steps, field))
    for (message, path), (file, index, steps, field) in found.items():
        label = ".".join((f"{kind}:{message}",) + path)
        where = f'{message}[image.kind="{kind}"]'
        only_here = f'{message}[image.name="{file}"][{index}]{steps_text(steps)}'
        if not path:
            yield Edit(label, "delete", f"{where} delete", kind, files, (message, (), None))
            continue
        above = "".join("." + n for n in path[:-1])
        if field.label != "required":
            yield Edit(label, "delete", f"{where}{above} delete {path[-1]}", kind, files, (message, path, None))
        if field.label == "repeated":
            yield Edit(label + "[]", "delete", f"{only_here}.{path[-1]}[0] delete", kind, [file],
                       (message, path, (index, steps, "delete")))
        elif IDS.search(path[-1]) and field.type not in messages and field.type != "string":
            yield Edit(label, "set-id", f"{only_here} set {path[-1]}={nobody(path[-1])}", kind, [file],
                       (message, path, (index, steps, "set")))


def all_edits():
    for kind, pattern, names in kinds:
        files = sorted(os.path.basename(f) for f in glob.glob(os.path.join(images, pattern)))
        files = [f for f in files if kind != "pagemap" or not f.startswith("pagemap-shmem")]
        if files and kind not in ("cgroup", "inventory", "cpuinfo"):
            decoded = {f: decode(os.path.join(images, f)) for f in files}
            yield from edits_of_kind(kind, files, names, decoded)
    for entry in decode(os.path.join(images, "files.img"))["entries"]:
        yield close_everywhere(entry)


def close_everywhere(entry):
    """Nobody has this file open any more."""
    files = sorted(os.path.basename(f) for f in glob.glob(os.path.join(images, "fdinfo-*.img")))
    return Edit(f"fdinfo:of {entry['type']}", "delete", f"fdinfo_entry[id={entry['id']}] delete", "fdinfo", files,
                ("fdinfo_entry", entry["id"], None))


# --- the same in JSON, for what apply refuses --------------------------------------------
def delete_all(value, path):
    for element in value if isinstance(value, list) else [value]:
        if len(path) == 1:
            element.pop(path[0], None)
        elif path[0] in element:
            delete_all(element[path[0]], path[1:])


def edit_place(entry, path, steps, action):
    for name, index in steps:
        entry = entry[name] if index is None else entry[name][index]
    if action == "set":
        entry[path[-1]] = nobody(path[-1])
    else:
        del entry[path[-1]][0]


def edit_entries(edit, entries, heads):
    message, path, place = edit.place
    if place:
        edit_place(entries[place[0]], path, *place[1:])
        return entries
    if isinstance(path, int):
        return [e for e in entries if e["id"] != path]
    mine = [i for i in range(len(entries)) if (heads[0] if i == 0 else heads[-1]) == message]
    if not path:
        return [e for i, e in enumerate(entries) if i not in mine]
    delete_all([entries[i] for i in mine], path)
    return entries


def make_by_json(edit, to):
    heads = next(names for kind, _, names in kinds if kind == edit.kind)
    for file in edit.files:
        image = decode(os.path.join(images, file))
        image["entries"] = edit_entries(edit, image["entries"], heads)
        subprocess.run(["/share/criu-rewrite", "encode", "-o", os.path.join(to, file)], check=True,
                       input=json.dumps(image).encode(), stderr=subprocess.PIPE)


# --- tasks ---------------------------------------------------------------------------
def read(name):
    try:
        with open(name, "rb") as f:
            return f.read().decode("utf-8", "replace")
    except OSError as why:
        return f"({why.strerror})"


def everybody():
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid(), os.getppid())]


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
            return
        time.sleep(0.01)


def memory(pid, at):
    try:
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as f:
            f.seek(at)
            return hashlib.sha256(f.read(8 * 4096)).hexdigest()[:16]
    except OSError:
        return "none"


def prints_of(pid):
    proc = f"/proc/{pid}"
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
            yield f"{pid} memory {region:x} {part}", memory(pid, region + part * 0xc000)
    for thread in os.listdir(f"{proc}/task"):
        yield f"{pid} thread {thread}", read(f"{proc}/task/{thread}/status").split("State:")[0]


def fingerprint():
    got = {}
    for pid in PIDS:
        try:
            got.update(prints_of(pid))
        except OSError:
            got[f"{pid} gone"] = "yes"
    return got


def turns():
    """How often each thread has slept, which all of them do a hundred times a second."""
    return {name: read(name) for pid in PIDS for name in glob.glob(f"/proc/{pid}/task/*/schedstat")}


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
def restore(directory):
    """(outcome, detail)"""
    log = "/tmp/work/restore.log"
    for left in set(os.listdir(FILES)) - files_there:  # by CRIU, when it has failed
        os.unlink(os.path.join(FILES, left))
    if os.path.exists(log):
        os.unlink(log)
    criu = subprocess.Popen(RESTORE + ["-D", directory], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        status = criu.wait(5)
    except subprocess.TimeoutExpired:
        return HANG, "after 5 s"
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


def judge(directory, baseline):
    outcome, detail = restore(directory)
    if outcome is None:
        time.sleep(0.02)
        got = fingerprint()
        gone = [p for p in PIDS if f"{p} gone" in got and f"{p} gone" not in baseline]
        differs = sorted(k for k in baseline if got.get(k) != baseline[k])
        lost = [k for k in differs if " memory " in k and k.split()[0] not in map(str, gone)]
        if gone and not all(is_left_out(directory, p) for p in gone):
            outcome, detail = DIES, f"gone: {gone}"
        elif not all_beat():
            outcome, detail = DIES, "stands still"
        elif lost:
            outcome, detail = LOSS, lost[0]
        else:
            outcome, detail = (DIFFERS if differs else LIVES), " ".join(differs[:1])
    end_all()
    return outcome, detail


def is_left_out(directory, pid):
    entries = decode(os.path.join(directory, "pstree.img"))["entries"]
    return all(e["pid"] != pid for e in entries)


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
                           input=edit.rule.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = " ".join(apply.stdout.decode().split()) or "(nothing)"
    if apply.returncode:
        shutil.rmtree("/tmp/edited", ignore_errors=True)
        shutil.copytree(images, "/tmp/edited")
        try:
            make_by_json(edit, "/tmp/edited")
        except subprocess.CalledProcessError:
            return True, None, said  # no image at all
    outcome, detail = judge("/tmp/edited", baseline)
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
    for number, edit in enumerate(all_edits()):
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
