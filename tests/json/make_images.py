#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes images of every kind that pycriu has messages for, with all fields set.

usage: make_images.py DIR [ROUNDS] [SEED]

Writes DIR/<magic>-<round>.img. Values are random, with a liking for the ends of
their ranges; what follows a message is as long as the message says. Prints the
kinds, one a line. Needs pycriu.
"""

import os
import random
import struct
import sys

from google.protobuf.descriptor import FieldDescriptor as FD
from pycriu.images import images, magic, pb

BITS = {FD.TYPE_INT32: (-32, 31), FD.TYPE_SINT32: (-32, 31), FD.TYPE_SFIXED32: (-32, 31),
        FD.TYPE_INT64: (-64, 63), FD.TYPE_SINT64: (-64, 63), FD.TYPE_SFIXED64: (-64, 63),
        FD.TYPE_UINT32: (0, 32), FD.TYPE_FIXED32: (0, 32),
        FD.TYPE_UINT64: (0, 64), FD.TYPE_FIXED64: (0, 64)}

# Fields that say how much follows the message.
LENGTHS = {"bytes", "length", "inq_len", "outq_len", "nsems", "qnum", "size", "keys_bytes",
           "values_bytes", "len", "msize"}

# Kinds that pycriu has messages for, but crit no handler.
MORE = {"SIGNAL": "signal_queue_entry", "PIDFD": "pidfd_entry",
        "BINFMT_MISC": "binfmt_misc_entry"}

# Flags that pycriu has names for only since 4.2 or 4.3.
NEWER_FLAGS = {"mmap.flags": 0x8, "mmap.status": 0x60000, "pmap.flags": 0x8}

WORDS = ["", "a", "/usr/lib/x y.so", "caf\u00e9", "\u20ac\U0001f600", "quote\"back\\slash",
         "tab\tnewline\n\x7f\x01", "x" * 300]


def number(rng, low, high):
    low = -(1 << (-low - 1)) if low else 0
    high = (1 << high) - 1
    return rng.choice([low, high, 0, 1, rng.randint(low, high), rng.randint(0, 255),
                       1 << rng.randrange(31), rng.randint(0, 0xffff)])


def blob(rng):
    size = rng.choice([0, 1, 2, 3, 56, 57, 58, 75, 76, 114, rng.randrange(400)])
    return rng.choice([rng.randbytes(size), b"\0" + b"name=" * (size // 5), b"a" * size,
                       b"line\nother \t\n.\n"[:size], b" " * size])


def scalar(rng, field):
    if field.type in BITS:
        if field.name in LENGTHS:
            return rng.randrange(90)
        newer = NEWER_FLAGS.get(images.pb2dict._marked_as_flags(field), 0)
        return number(rng, *BITS[field.type]) & ~newer
    if field.type == FD.TYPE_BOOL:
        return rng.random() < 0.5
    if field.type == FD.TYPE_ENUM:
        return rng.choice(field.enum_type.values).number
    return rng.choice(WORDS) if field.type == FD.TYPE_STRING else blob(rng)


def words_of_address(rng):
    kinds = [[0] * 4, [0, 0, 0xffff0000, rng.getrandbits(32)], [0, 0, 0, 0x01000000],
             [rng.getrandbits(32) for _ in range(4)], [rng.getrandbits(32)],
             [0x01000000, 0, 0, 0x100], [rng.choice([0, 1, 0x10000, 0xffff]) for _ in range(4)]]
    return rng.choice(kinds)


def is_address(field):
    return images.pb2dict._marked_as_ip(field)


def fill(rng, message, depth=0, sparse=False):
    for field in message.DESCRIPTOR.fields:
        required = field.label == FD.LABEL_REQUIRED
        if not required and (depth > 4 or (sparse and rng.random() < 0.5)):
            continue
        value = getattr(message, field.name)
        if field.label == FD.LABEL_REPEATED and is_address(field):
            value.extend(words_of_address(rng))
        elif field.label == FD.LABEL_REPEATED:
            for _ in range(rng.randrange(1 if depth > 2 else 4)):
                if field.type == FD.TYPE_MESSAGE:
                    fill(rng, value.add(), depth + 1, sparse)
                else:
                    value.append(scalar(rng, field))
        elif field.type == FD.TYPE_MESSAGE:
            value.SetInParent()
            fill(rng, value, depth + 1, sparse)
        else:
            setattr(message, field.name, scalar(rng, field))


def entry(message):
    data = message.SerializeToString()
    return struct.pack("<I", len(data)) + data


def padded(data, unit):
    return data + bytes(-len(data) % unit)


def messages(rng, count):
    out = b""
    for _ in range(count):
        head = pb.ipc_msg()
        fill(rng, head)
        out += entry(head) + padded(rng.randbytes(head.msize), 8)
    return out


def extra(rng, name, m):
    if name in ("PIPES_DATA", "FIFO_DATA"):
        return rng.randbytes(m.bytes)
    if name == "SK_QUEUES":
        return rng.randbytes(m.length)
    if name == "TCP_STREAM":
        return rng.randbytes(m.inq_len + m.outq_len)
    if name == "BPFMAP_DATA":
        return rng.randbytes(m.keys_bytes + m.values_bytes)
    if name == "IPCNS_SEM":
        return padded(rng.randbytes(2 * m.nsems), 8)
    if name == "IPCNS_SHM":
        return b"" if m.in_pagemaps else padded(rng.randbytes(m.size), 4)
    if name == "IPCNS_MSG":
        return messages(rng, m.qnum)
    return b""


def ghost(rng):
    head = pb.ghost_file_entry()
    fill(rng, head)
    out = entry(head)
    if not head.chunks:
        return out + blob(rng)
    for _ in range(rng.randrange(3)):
        chunk = pb.ghost_chunk_entry()
        fill(rng, chunk)
        out += entry(chunk) + rng.randbytes(chunk.len)
    return out


def entries(rng, name, kind, sparse):
    if name == "GHOST_FILE":
        return ghost(rng)
    out = b""
    if name == "PAGEMAP":
        head = pb.pagemap_head()
        fill(rng, head)
        out = entry(head)
        kind = pb.pagemap_entry
    for _ in range(rng.randrange(4)):
        m = kind()
        fill(rng, m, 0, sparse)
        out += entry(m) + extra(rng, name, m)
    return out


def magic_words(name):
    number_of = magic.by_name
    words = [number_of[name]]
    if name != "INVENTORY":
        service = name in ("STATS", "IRMAP_CACHE")
        words.insert(0, number_of["IMG_SERVICE" if service else "IMG_COMMON"])
    return b"".join(struct.pack("<I", w) for w in words)


def kinds():
    for name in sorted(magic.by_name):
        handler = images.handlers.get(name)
        if name in MORE:
            yield name, getattr(pb, MORE[name])
        elif handler:
            yield name, getattr(handler, "payload", None)


def main():
    where, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    os.makedirs(where, exist_ok=True)
    for name, kind in kinds():
        for i in range(rounds):
            with open("%s/%s-%d.img" % (where, name.lower(), i), "wb") as f:
                f.write(magic_words(name) + entries(rng, name, kind, i % 2))
        print(name)


if __name__ == "__main__":
    main()
