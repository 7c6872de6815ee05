#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: inputs.py DIR [SCALE] | inputs.py groups COUNT | inputs.py tasks DIR COUNT

groups: to the cgroup.img of standard input, as JSON, groups below the first one of pids, that are like it.
tasks: a checkpoint of tasks, each in a group of its own, and a message with as many addresses behind as many attributes.
Otherwise:

Makes DIR/KIND.img for each kind that is measured, as criu writes it, and KIND.rules, a rule that
changes one field in every entry. SCALE 1 is about 1,000 entries. Standard output: the kinds.
"""
import json
import os
import struct
import subprocess
import sys

command = os.environ.get("CRIU_REWRITE", "build/criu-rewrite")


def cgroup(count):
    perms = {"mode": 420, "uid": 0, "gid": 0}
    names = ["cpuset.cpus"] + [f"cpuset.some_other_property_{i}" for i in range(9)]
    dirs = [{"dir_name": f"group-{i}", "properties": [
        {"name": name, "value": "0-3" if j == 0 else "0", "perms": perms}
        for j, name in enumerate(names)]} for i in range(count)]
    sets = [{"id": 1, "ctls": [{"name": "cpuset", "path": "/group-0"}]}]
    return [{"sets": sets, "controllers": [{"cnames": ["cpuset"], "dirs": dirs}]}]


def files(count):
    owner = {"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0}
    return [{"type": "REG", "id": i, "reg": {
        "id": i, "flags": 32768, "pos": 0, "fown": owner, "name": f"/srv/data/file-{i}",
        "mnt_id": 700, "size": 4096, "mode": 33188}} for i in range(1, count + 1)]


def mm(count):
    entry = {name: 4096 * i for i, name in enumerate((
        "mm_start_code", "mm_end_code", "mm_start_data", "mm_end_data", "mm_start_stack",
        "mm_start_brk", "mm_brk", "mm_arg_start", "mm_arg_end", "mm_env_start", "mm_env_end"))}
    entry.update(exe_file_id=1, mm_saved_auxv=[33, 0, 16, 0], dumpable=1, vmas=[
        {"start": 0x7f0000000000 + 8192 * i, "end": 0x7f0000001000 + 8192 * i, "pgoff": 0,
         "shmid": 0, "prot": 3, "flags": 34, "status": 513, "fd": -1} for i in range(count)])
    return [entry]


def pagemap(count):
    return [{"pages_id": 1}] + [
        {"vaddr": 0x7f0000000000 + 8192 * i, "compat_nr_pages": 1, "flags": 4, "nr_pages": 1}
        for i in range(count)]


# file, crit's name, entries of scale 1, the rule
kinds = {
    "cgroup": ("cgroup.img", "CGROUP", cgroup, 1000,
               'cgroup_entry.controllers["cpuset" in cnames]//properties[name="cpuset.cpus"] '
               'set value=0-1'),
    "files": ("files.img", "FILES", files, 1000, "file_entry.reg set pos=7"),
    "mm": ("mm-1.img", "MM", mm, 1000, "mm_entry.vmas set pgoff=7"),
    "pagemap": ("pagemap-1.img", "PAGEMAP", pagemap, 1000, "pagemap_entry set flags=5"),
}


def encode(path, magic, entries):
    text = json.dumps({"magic": magic, "entries": entries})
    subprocess.run([command, "encode", "-o", path], input=text.encode("ascii"), check=True)


def tasks(directory, count):
    os.makedirs(directory, exist_ok=True)
    numbers = range(1, count + 1)
    sets = [{"id": i, "ctls": [{"name": "pids", "path": f"/group-{i}"}]} for i in numbers]
    dirs = [{"dir_name": f"group-{i}", "properties": []} for i in numbers]
    encode(f"{directory}/cgroup.img", "CGROUP", [{"sets": sets, "controllers": [{"cnames": ["pids"], "dirs": dirs}]}])
    encode(f"{directory}/pstree.img", "PSTREE", [
        {"pid": i, "ppid": int(i > 1), "pgid": 1, "sid": 1, "threads": [i]} for i in numbers])
    for i in numbers:
        encode(f"{directory}/core-{i}.img", "CORE", [{"mtype": "X86_64", "tc": {
            "cg_set": i, "task_state": 1, "exit_code": 0, "personality": 0, "flags": 0, "blk_sigset": 0,
            "comm": "task"}}])
    address = struct.pack("<HH4sHH", 8, 1, b"\x0a\0\0\1", 4, 200)
    message = struct.pack("<HHIIBBBBI", 20, 0, 0, 0, 2, 24, 0, 0, 1) + struct.pack("<HH", 4, 200) * count + address * count
    with open(f"{directory}/ifaddr-9.img", "wb") as f:
        f.write(struct.pack("<II", 0x47361222, 4 + len(message)) + message)


def make(directory, kind, scale):
    file, magic, entries, count, rule = kinds[kind]
    os.makedirs(f"{directory}/{kind}", exist_ok=True)
    text = json.dumps({"magic": magic, "entries": entries(int(count * scale))})
    with open(f"{directory}/{kind}.json", "w", encoding="ascii") as f:
        f.write(text)
    subprocess.run([command, "encode", "-i", f"{directory}/{kind}.json", "-o",
                    f"{directory}/{kind}/{file}"], check=True)
    with open(f"{directory}/{kind}.rules", "w", encoding="ascii") as f:
        f.write(rule + "\n")
    print(kind, file)


def add_groups(image, count):
    controller = next(c for c in image["entries"][0]["controllers"] if "pids" in c["cnames"])
    group = controller["dirs"][0]
    group["children"] = [{"dir_name": f"group-{i}", "properties": group["properties"]} for i in range(count)]


if __name__ == "__main__" and sys.argv[1] == "groups":
    given = json.load(sys.stdin)
    add_groups(given, int(sys.argv[2]))
    json.dump(given, sys.stdout)
elif __name__ == "__main__" and sys.argv[1] == "tasks":
    tasks(sys.argv[2], int(sys.argv[3]))
elif __name__ == "__main__":
    for name in kinds:
        make(sys.argv[1], name, float(sys.argv[2]) if len(sys.argv) > 2 else 1)
