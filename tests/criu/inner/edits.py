# SPDX-License-Identifier: GPL-2.0-only
"""The edits of deletions.py: what is in a checkpoint, a rule for each that takes it away, and the same in JSON."""
import collections
import glob
import json
import os
import re
import subprocess

NOBODY = {"pid": 30111, "sid": 30111, "pgid": 30111, "ppid": 30111, "pgrp": 30111, "index": 30111, "fd": 77, "wd": 77,
          "tfd": 77, "signum": 50}
IDS = re.compile(r"(^|_)(id|ino|inode|pid|sid|pgid|pgrp|ppid|index|ifindex|peer|shmid|fd|tfd|wd|signum|signo|dev|cg_set)$")
COUNTS = re.compile(r"(^|_)(len|size|length|bytes|count|pages|backlog|pgoff|nsems|qnum|maxiov)$|^nr_")
PLACES = 3  # of one path, and of one list

Field = collections.namedtuple("Field", "label type")
# A statement is for all images of the kind, or for one place: (file, index of the entry, steps to the field, action).
# Steps are (field, index or None).
Edit = collections.namedtuple("Edit", "path edit rule kind message names place")


# --- the schema, as the project has it -----------------------------------------------
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
    for m in re.finditer(r'^(?:ENTRIES|HEADED|RAW_ENTRIES)\((.*)\)$', text, re.M):
        part = [p.strip().strip('"') for p in m[1].split(",")]
        yield part[0], part[1], part[4:-1]  # name, pattern, messages: of the first entry, of all others


messages, kinds = read_schema(), list(read_kinds())


def decode(file):
    return json.loads(subprocess.run(["/share/criu-rewrite", "decode", "-i", file], check=True, stdout=subprocess.PIPE).stdout)


# --- what there is --------------------------------------------------------------------
def walk(message, value, steps, found):
    """Notes the places of each field: names from the entry on -> [steps]."""
    for name, field in messages.get(message, {}).items():
        if name not in value or value[name] in ([], None):
            continue
        names = tuple(n for n, _ in steps) + (name,)
        found.setdefault(names, (field, []))[1].append(steps)
        if field.type in messages and field.label != "repeated":
            walk(field.type, value[name], steps + [(name, None)], found)
        elif field.type in messages:
            for index, element in enumerate(value[name][:PLACES]):
                walk(field.type, element, steps + [(name, index)], found)


def numbered(path, edit, rule, kind, message, names, places):
    """The places of one path: their number is part of the name from the second on."""
    for number, place in enumerate(places):
        suffix = f"#{number}" if number else ""
        yield Edit(path + suffix, edit, rule(*place), kind, message, names, place)


def spread(places):
    """Some of them: the first, the last, and between."""
    step = max(1, (len(places) - 1) // (PLACES - 1))
    return places[::step][:PLACES - 1] + places[-1:] if len(places) > PLACES else places


def steps_text(steps):
    return "".join(f".{name}" + ("" if index is None else f"[{index}]") for name, index in steps)


def edits_of_field(kind, message, names, field, places):
    path = ".".join((f"{kind}:{message}",) + names)
    above = "".join("." + n for n in names[:-1])

    def at(file, index, steps, *_):
        return f'{message}[image.name="{file}"][{index}]{steps_text(steps)}'

    if field.label != "required":
        yield Edit(path, "delete", f'{message}[image.kind="{kind}"]{above} delete {names[-1]}', kind, message, names, None)
    if field.label == "repeated":
        for which in (0, -1):
            yield from numbered(path + f"[{which}]", "delete",
                                lambda *p: f"{at(*p)}.{names[-1]}[{which}] delete", kind, message, names,
                                [p + (("delete", which),) for p in places])
    elif field.type in messages or field.type in ("string", "bytes", "bool"):
        return
    elif IDS.search(names[-1]):
        value = NOBODY.get(names[-1], 987654)
        yield from numbered(path, "set-id", lambda *p: f"{at(*p)} set {names[-1]}={value}", kind, message, names,
                            [p + (("set", value),) for p in places])
    elif COUNTS.search(names[-1]):
        yield from numbered(path, "set-count", lambda *p: f"{at(*p)} set {names[-1]}={names[-1]}+1", kind, message, names,
                            [p + (("add", 1),) for p in places])


def edits_of_kind(kind, files, heads, images):
    """All of a message; single ones; then its fields, each at some of its places."""
    entries, fields = collections.defaultdict(list), {}
    for file in files:
        for index, entry in enumerate(decode(os.path.join(images, file))["entries"]):
            message, here = heads[0] if index == 0 else heads[-1], {}
            entries[message].append((file, index, []))
            walk(message, entry, [], here)
            for names, (field, steps) in here.items():
                fields.setdefault((message, names), (field, []))[1].extend((file, index, s) for s in steps)
    for message, places in entries.items():
        path = f"{kind}:{message}"
        yield Edit(path, "delete", f'{message}[image.kind="{kind}"] delete', kind, message, (), None)
        if len(places) > 1 and message == heads[-1]:
            yield from numbered(path + "[]", "delete", lambda file, index, *_: f'{message}[image.name="{file}"][{index}] delete',
                                kind, message, (), [p + (("delete", None),) for p in places[:60]])
    for (message, names), (field, places) in fields.items():
        yield from edits_of_field(kind, message, names, field, spread(places))


def all_edits(images):
    for kind, pattern, heads in kinds:
        files = sorted(os.path.basename(f) for f in glob.glob(os.path.join(images, pattern)))
        files = [f for f in files if kind != "pagemap" or not f.startswith("pagemap-shmem")]
        if files:
            yield from edits_of_kind(kind, files, heads, images)
    for entry in decode(os.path.join(images, "files.img"))["entries"]:
        yield Edit(f"fdinfo:of {entry['type']}", "delete", f"fdinfo_entry[id={entry['id']}] delete", "fdinfo",
                   "fdinfo_entry", entry["id"], None)  # nobody has this file open any more


# --- the same in JSON, for what apply refuses --------------------------------------------
def delete_all(value, names):
    for element in value if isinstance(value, list) else [value]:
        if len(names) == 1:
            element.pop(names[0], None)
        elif names[0] in element:
            delete_all(element[names[0]], names[1:])


def edit_place(entry, names, steps, action, value):
    for name, index in steps:
        entry = entry[name] if index is None else entry[name][index]
    if action == "delete":
        del entry[names[-1]][value]
    else:
        before = entry[names[-1]]
        entry[names[-1]] = value if action == "set" else value + (int(before, 0) if isinstance(before, str) else before)


def edit_entries(edit, file, entries, heads):
    if edit.place:
        at_file, index, steps, action = edit.place
        if file == at_file and not edit.names:
            del entries[index]
        elif file == at_file:
            edit_place(entries[index], edit.names, steps, *action)
        return entries
    if isinstance(edit.names, int):
        return [e for e in entries if e["id"] != edit.names]
    mine = [i for i in range(len(entries)) if (heads[0] if i == 0 else heads[-1]) == edit.message]
    if not edit.names:
        return [e for i, e in enumerate(entries) if i not in mine]
    delete_all([entries[i] for i in mine], edit.names)
    return entries


def make_by_json(edit, images, to):
    pattern, heads = next((pattern, heads) for kind, pattern, heads in kinds if kind == edit.kind)
    for path in glob.glob(os.path.join(images, pattern)):
        file = os.path.basename(path)
        if edit.kind == "pagemap" and file.startswith("pagemap-shmem"):
            continue
        image = decode(path)
        image["entries"] = edit_entries(edit, file, image["entries"], heads)
        subprocess.run(["/share/criu-rewrite", "encode", "-o", os.path.join(to, file)], check=True,
                       input=json.dumps(image).encode(), stderr=subprocess.PIPE)
