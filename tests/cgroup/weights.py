#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints the checksums that tests/unit/test_cgroup_weight.c expects: of the weights of all 262,143 share values
by each formula, calculated as opencontainers/cgroups (utils.go), KEP-2254 and systemd write them down. CRC-32 over
the weights as little-endian u32. Without floating point of the machine: 50 decimal digits."""
import zlib
from decimal import Decimal, getcontext, ROUND_CEILING

getcontext().prec = 50
LN2, LN10 = Decimal(2).ln(), Decimal(10).ln()


def oci_2025(shares):
    if shares <= 2:
        return 1
    if shares >= 262144:
        return 10000
    if shares == 1024:  # exact: 10 ** 2
        return 100
    log = Decimal(shares).ln() / LN2
    power = (log * log + 125 * log) / 612 - Decimal(7) / 34
    return int((power * LN10).exp().to_integral_value(ROUND_CEILING))


def oci_2020(shares):
    return 1 + (shares - 2) * 9999 // 262142


def systemd(shares):
    return min(max(shares * 100 // 1024, 1), 10000)


for formula in oci_2025, oci_2020, systemd:
    weights = [formula(shares) for shares in range(2, 262145)]
    print(formula.__name__, "%08x" % zlib.crc32(b"".join(w.to_bytes(4, "little") for w in weights)),
          [formula(s) for s in (2, 10, 100, 256, 512, 1024, 2000, 4096, 262143)])
