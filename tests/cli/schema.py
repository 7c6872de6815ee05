#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Is the JSON of each file as the schema says? Prints "FILE: PLACE: WHAT" where it is not.

usage: schema.py SCHEMA DEFINITION.NAME...
"""
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for name in sys.argv[2:]:
    definition = {"$ref": "#/$defs/" + name.split(".")[0], "$defs": schema["$defs"]}
    try:
        errors = list(jsonschema.Draft202012Validator(definition).iter_errors(json.load(open(name))))
        for error in errors[:3]:
            print(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    except ValueError as error:
        print(f"{name}: {error}")
