#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Brings the facts of CRIU's images over from an installed pycriu.

    schema.py --write    adds what that pycriu knows to criu.proto and display.def
    schema.py --check    compares, and prints every difference

Facts are names, numbers, types, labels, defaults and display marks; they are
read from pycriu's descriptors, never from CRIU's text. What we have and that
pycriu lacks stays: run --write once with every version to get them all.

--check ends with 1 when that pycriu knows something that we do not, or says
it otherwise, and with 0 when we only know more. 77: there is no pycriu.
"""
import argparse
import importlib
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, "criu.proto")
DISPLAY = os.path.join(HERE, "json", "display.def")
KINDS = os.path.join(HERE, "kinds.def")

# Not images: the options of the schema itself, and two protocols.
SKIPPED_MODULES = ("opts_pb2", "rpc_pb2", "img_streamer_pb2")

# Magics in pycriu that no image file has.
NOT_KINDS = ("CRTOOLS_IMAGES_V1_1", "CRTOOLS_IMAGES_V1_2", "IMG_COMMON", "IMG_SERVICE", "KDAT")

# Fields that a newer CRIU calls otherwise: (message, number): (old, new).
# We say the new name; display.def keeps the old one for older readers.
RENAMED = {("pagemap_entry", 2): ("nr_pages", "compat_nr_pages")}

# Words of --pretty that were wrong before CRIU 4.3: (map, field, value): (old, new).
# We say the new one.
CORRECTED = {
    ("gen", "task_state", 3): ("Zombie", "Stopped"),
    ("gen", "task_state", 6): ("Stopped", "Zombie"),
}

LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"


class Field:
    """One field: all that the wire and the language need to know."""

    def __init__(self, number, label, type_, name, default=None, packed=False):
        self.number = number
        self.label = label
        self.type = type_
        self.name = name
        self.default = default
        self.packed = packed

    def text(self):
        options = []
        if self.default is not None:
            options.append("default = " + self.default)
        if self.packed:
            options.append("packed = true")
        tail = " [%s]" % ", ".join(options) if options else ""
        return "%s %s %s = %d%s;" % (self.label, self.type, self.name, self.number, tail)


class Schema:
    """Everything that is brought over. Keys are plain names and numbers."""

    def __init__(self):
        self.messages = {}  # name: {number: Field}
        self.enums = {}     # "name" or "message.name": {value name: number}
        self.display = {}   # (message, number): {mark: text}
        self.flags = {}     # (map, value): flag name
        self.words = {}     # (map, field name, value): word
        self.renamed = {}   # (message, number): old name

    def sections(self):
        """(what, {key: comparable text}) of everything, for merge and check."""
        fields = {(m, n): f.text() for m, fs in self.messages.items() for n, f in fs.items()}
        values = {(e, v): n for e, vs in self.enums.items() for v, n in vs.items()}
        return [("message", {m: m for m in self.messages}), ("field", fields),
                ("enum value", values), ("display mark", self.display), ("flag", self.flags),
                ("word", self.words)]

    def merge(self, other):
        """Takes over what `other` knows; where the two differ, `other` wins."""
        for name, fields in other.messages.items():
            self.messages.setdefault(name, {}).update(fields)
        for name, values in other.enums.items():
            self.enums.setdefault(name, {}).update(values)
        for ours, theirs in ((self.display, other.display), (self.flags, other.flags),
                             (self.words, other.words), (self.renamed, other.renamed)):
            ours.update(theirs)


# --- from an installed pycriu -------------------------------------------------

def import_pycriu():
    try:
        return importlib.import_module("pycriu.images")
    except ImportError as e:
        print("schema.py: no pycriu to read: %s" % e, file=sys.stderr)
        sys.exit(77)


def pb2_modules(pycriu):
    folder = os.path.dirname(pycriu.__file__)
    names = sorted(f[:-3] for f in os.listdir(folder) if f.endswith("_pb2.py"))
    return [importlib.import_module("pycriu.images." + n) for n in names
            if n not in SKIPPED_MODULES]


def field_of(message, proto):
    kinds = type(proto)
    type_ = kinds.Type.Name(proto.type)[len("TYPE_"):].lower()
    if type_ in ("message", "enum"):
        type_ = proto.type_name.lstrip(".")
    label = kinds.Label.Name(proto.label)[len("LABEL_"):].lower()
    default = proto.default_value if proto.HasField("default_value") else None
    if default is not None and type_ in ("string", "bytes"):
        default = '"%s"' % default
    old, new = RENAMED.get((message, proto.number), (None, None))
    name = new if proto.name == old else proto.name
    return Field(proto.number, label, type_, name, default, proto.options.packed)


def read_message(schema, proto):
    if proto.nested_type or proto.oneof_decl or proto.extension:
        sys.exit("schema.py: %s: nested messages, oneofs and extensions are new" % proto.name)
    schema.messages[proto.name] = {f.number: field_of(proto.name, f) for f in proto.field}
    for enum in proto.enum_type:
        read_enum(schema, proto.name + "." + enum.name, enum)


def read_enum(schema, name, proto):
    schema.enums[name] = {v.name: v.number for v in proto.value}


def mark_text(value):
    return "" if value is True else str(value)


def read_display(schema, descriptor):
    """The marks of CRIU's own field option: (criu).hex = true and the like."""
    for field in descriptor.fields:
        for option, marks in field.GetOptions().ListFields():
            if option.name == "criu":
                key = (descriptor.name, field.number)
                schema.display[key] = {m.name: mark_text(v) for m, v in marks.ListFields()}


def read_maps(schema, pb2dict):
    """What `crit --pretty` writes in place of bits and numbers."""
    for name, pairs in pb2dict.flags_maps.items():
        for flag, value in pairs:
            schema.flags[name, value] = flag
    for name, (maps, _) in pb2dict.dict_maps.items():
        for field, words in maps.items():
            for value, word in words.items():
                old, new = CORRECTED.get((name, field, value), (None, None))
                schema.words[name, field, value] = new if word == old else word


def schema_of_pycriu(pycriu):
    from google.protobuf import descriptor_pb2
    schema = Schema()
    for module in pb2_modules(pycriu):
        proto = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(proto)
        for message in proto.message_type:
            read_message(schema, message)
        for enum in proto.enum_type:
            read_enum(schema, enum.name, enum)
        for descriptor in module.DESCRIPTOR.message_types_by_name.values():
            read_display(schema, descriptor)
    read_maps(schema, importlib.import_module("pycriu.images.pb2dict"))
    return schema


# --- from our files -----------------------------------------------------------

FIELD_LINE = re.compile(r"(required|optional|repeated) (\S+) (\w+) = (\d+)(?: \[(.*)\])?;$")
VALUE_LINE = re.compile(r"(\w+) = (-?(?:0x)?[0-9a-f]+);$")
ROW = re.compile(r"^([A-Z_]+)\(([^()]*)\)$", re.MULTILINE)


def parse_field(match):
    label, type_, name, number, tail = match.groups()
    options = dict(o.split(" = ", 1) for o in tail.split(", ")) if tail else {}
    return Field(int(number), label, type_, name, options.get("default"), "packed" in options)


def rows_of(text):
    """(name, [arguments]) of every row of a .def file."""
    for row, args in ROW.findall(text):
        yield row, [a.strip().strip('"') for a in args.split(",")]


def parse_proto(schema, text):
    message = enum = None
    for line in map(str.strip, text.splitlines()):
        field, value = FIELD_LINE.match(line), VALUE_LINE.match(line)
        if line.startswith("message "):
            message = line.split()[1]
            schema.messages[message] = {}
        elif line.startswith("enum "):
            enum = (message + "." if message else "") + line.split()[1]
            schema.enums[enum] = {}
        elif line == "}":
            enum, message = None, message if enum else None
        elif field:
            f = parse_field(field)
            schema.messages[message][f.number] = f
        elif value and enum:
            schema.enums[enum][value.group(1)] = int(value.group(2), 0)


def parse_display(schema, text):
    for row, args in rows_of(text):
        if row == "DISPLAY":
            marks = schema.display.setdefault((args[0], int(args[1])), {})
            marks[args[2].lower()] = args[3]
        elif row == "FLAG":
            schema.flags[args[0], int(args[1], 0)] = args[2]
        elif row == "WORD":
            schema.words[args[0], args[1], int(args[2])] = args[3]


def schema_of_files():
    schema = Schema()
    for path, parse in ((PROTO, parse_proto), (DISPLAY, parse_display)):
        if os.path.exists(path):
            with open(path) as f:
                parse(schema, f.read())
    return schema


# --- writing ------------------------------------------------------------------

PROTO_HEAD = """\
// %s
//
// The messages of CRIU's images: names, numbers and types.
// Made by schema.py out of the descriptors of an installed pycriu; do not edit.
// Enums come first, then messages, both by name; fields by number.
syntax = "proto2";

package crw;
""" % LICENCE

DISPLAY_HEAD = """\
/* %s */
/*
 * How fields are shown to people, and every message by name.
 * Made by schema.py out of the descriptors of an installed pycriu; do not edit.
 *
 * MESSAGE(message)                        sorted by name
 * DISPLAY(message, number, mark, argument) as `crit decode --pretty` does it
 * FLAG(map, bits, name)                   for DISPLAY(.., FLAGS, map), in order
 * WORD(map, field, value, word)           for DISPLAY(.., DICT, map)
 * OLD_NAME(message, number, name)         what older versions call that field
 */
""" % LICENCE


def enum_lines(name, values, indent):
    yield "%senum %s {" % (indent, name.split(".")[-1])
    for value, number in sorted(values.items(), key=lambda v: v[1]):
        yield "%s\t%s = %s;" % (indent, value, number)
    yield indent + "}"


def message_lines(schema, name):
    yield "message %s {" % name
    for enum in sorted(e for e in schema.enums if e.startswith(name + ".")):
        yield from enum_lines(enum, schema.enums[enum], "\t")
    for _, field in sorted(schema.messages[name].items()):
        yield "\t" + field.text()
    yield "}"


def proto_text(schema):
    blocks = [enum_lines(e, schema.enums[e], "") for e in sorted(schema.enums) if "." not in e]
    blocks += [message_lines(schema, m) for m in sorted(schema.messages)]
    return PROTO_HEAD + "".join("\n" + "\n".join(b) + "\n" for b in blocks)


def display_rows(schema):
    for message in sorted(schema.messages):
        yield "MESSAGE(%s)" % message
    for (message, number), marks in sorted(schema.display.items()):
        for mark, argument in sorted(marks.items()):
            yield 'DISPLAY(%s, %d, %s, "%s")' % (message, number, mark.upper(), argument)
    for (name, value), flag in schema.flags.items():
        yield 'FLAG("%s", 0x%x, "%s")' % (name, value, flag)
    for (name, field, value), word in sorted(schema.words.items()):
        yield 'WORD("%s", "%s", %d, "%s")' % (name, field, value, word)
    for (message, number), (old, _) in sorted(RENAMED.items()):
        yield 'OLD_NAME(%s, %d, "%s")' % (message, number, old)


def display_text(schema):
    text, last = DISPLAY_HEAD, None
    for row in display_rows(schema):
        head = row.split("(")[0]
        text += ("\n" if head != last else "") + row + "\n"
        last = head
    return text


def replace_file(path, text):
    temporary = path + ".new"
    with open(temporary, "w") as f:
        f.write(text)
    os.rename(temporary, path)


def write(theirs):
    ours = schema_of_files()
    ours.merge(theirs)
    replace_file(PROTO, proto_text(ours))
    replace_file(DISPLAY, display_text(ours))
    return 0


# --- checking -----------------------------------------------------------------

def key_text(key):
    return ".".join(map(str, key)) if isinstance(key, tuple) else key


def is_inside_missing(key, schema):
    """A part of a message that is missing as a whole, which is told once."""
    return isinstance(key, tuple) and isinstance(key[1], int) and "." not in key[0] \
        and key[0] not in schema.messages


def differences(ours, theirs):
    """(is it an error, text) for everything that the two do not say alike."""
    for (what, our_facts), (_, their_facts) in zip(ours.sections(), theirs.sections()):
        for key, fact in their_facts.items():
            where = "%s %s" % (what, key_text(key))
            if key not in our_facts:
                yield True, "%s: we lack %s" % (where, fact)
            elif our_facts[key] != fact:
                yield True, "%s: %s there, %s here" % (where, fact, our_facts[key])
        for key, fact in our_facts.items():
            if key not in their_facts and not is_inside_missing(key, theirs):
                yield False, "%s %s: not in that version: %s" % (what, key_text(key), fact)


def kind_rows():
    """{crit's name: (magic, [messages])} of kinds.def."""
    kinds = {}
    with open(KINDS) as f:
        for _, args in rows_of(f.read()):
            if len(args) > 3:
                kinds.setdefault(args[2], (int(args[3], 0), args[4:-1]))
    return kinds


def kind_differences(pycriu):
    magic = importlib.import_module("pycriu.images.magic")
    handlers = importlib.import_module("pycriu.images.images").handlers
    ours = kind_rows()
    for name, number in magic.by_name.items():
        if name not in ours and name not in NOT_KINDS:
            yield True, "kind %s: we lack it, magic 0x%x" % (name, number)
        elif name in ours and ours[name][0] != number:
            yield True, "kind %s: magic 0x%x there, 0x%x here" % (name, number, ours[name][0])
    for name, handler in handlers.items():
        payload = getattr(handler, "payload", None)
        if name in ours and payload and payload.DESCRIPTOR.name not in ours[name][1]:
            yield True, "kind %s: entries are %s there" % (name, payload.DESCRIPTOR.name)
    for name in sorted(set(ours) - set(magic.by_name)):
        yield False, "kind %s: not in that version" % name


def check(theirs, pycriu):
    found = list(differences(schema_of_files(), theirs)) + list(kind_differences(pycriu))
    for is_error, text in found:
        print("%s: %s" % ("error" if is_error else "info", text))
    errors = sum(1 for is_error, _ in found if is_error)
    print("pycriu in %s: %d messages, %d errors" %
          (os.path.dirname(pycriu.__file__), len(theirs.messages), errors))
    return 1 if errors else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true")
    action.add_argument("--check", action="store_true")
    args = parser.parse_args()
    pycriu = import_pycriu()
    theirs = schema_of_pycriu(pycriu)
    return write(theirs) if args.write else check(theirs, pycriu)


if __name__ == "__main__":
    sys.exit(main())
