#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What crit says of images, all of them in one process since it takes long to start.

usage: crit_text.py DIR OUT

For every image DIR/x.img writes OUT/x.img.plain, OUT/x.img.pretty and
OUT/x.img.nopl, as `crit decode`, `crit decode --pretty` and `crit show --nopl`
print it, and OUT/x.img.encoded, what crit makes of the plain one again. What
crit fails at is not written, why is in OUT/x.img.failed. Needs pycriu.
"""

import io
import json
import os
import sys
import traceback

from pycriu import images

# The words that crit has for these since 4.3, with which older ones mean others (doc/crit-differences.md).
images.pb2dict.dict_maps["gen"][0]["task_state"] = {1: "Alive", 2: "Dead", 3: "Stopped", 6: "Zombie"}

FORMS = (("plain", False, False, None), ("pretty", True, False, 4), ("nopl", True, True, 4))


def save(path, data):
    with open(path, "wb") as f:
        f.write(data)


def decode(data, pretty, nopl, indent):
    out = io.StringIO()
    json.dump(images.load(io.BytesIO(data), pretty, nopl), out, indent=indent)
    return out.getvalue().encode()


def encode(text):
    out = io.BytesIO()
    images.dump(json.loads(text), out)
    return out.getvalue()


def convert(data, name, out):
    failed = []
    for form, pretty, nopl, indent in FORMS:
        try:
            text = decode(data, pretty, nopl, indent)
            save("%s/%s.%s" % (out, name, form), text)
            if form == "plain":
                save("%s/%s.encoded" % (out, name), encode(text))
        except Exception as error:
            failed.append("%s: %s" % (form, traceback.format_exception_only(error)[-1].strip()))
    if failed:
        save("%s/%s.failed" % (out, name), "\n".join(failed).encode())


def main():
    where, out = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    for name in sorted(os.listdir(where)):
        path = os.path.join(where, name)
        if os.path.isfile(path):
            with open(path, "rb") as f:
                convert(f.read(), name, out)


if __name__ == "__main__":
    main()
