#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: measure.py WORK [ROUNDS]

What the command costs beside others that do the same: medians of CPU time of ROUNDS (9) rounds, in which each takes its turn,
as ratios of one round. Standard output: tables for doc/speed.md. WORK has criu-rewrite and peer; inputs are made in it.
"""
import math
import os
import shutil
import statistics
import subprocess
import sys

work = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 9
here = os.path.dirname(os.path.abspath(__file__))
ours = f"{work}/criu-rewrite"
SCALE, LARGE = 20, 80  # thousands of entries
PAGES = 512 << 20
kinds = {"cgroup": "cgroup.img", "files": "files.img", "mm": "mm-1.img", "pagemap": "pagemap-1.img"}


def run(command):
    """CPU seconds, wall seconds."""
    out = f"{work}/out"
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    start = os.times().elapsed
    process = subprocess.Popen(command, shell=isinstance(command, str), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{command}: exit status {process.returncode}")
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - start


def compare(commands, what=0):
    """Of {name: command}: {name: (median, spread, median of the ratios to the first)}."""
    taken = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(run(command))
    first = next(iter(commands))
    result = {}
    for name, runs in taken.items():
        values = [r[what] for r in runs]
        ratios = [r[what] / max(f[what], 1e-6) for r, f in zip(runs, taken[first])]
        result[name] = (statistics.median(values), max(values) - min(values), statistics.median(ratios))
    return result


def inputs(directory, scale):
    os.makedirs(directory, exist_ok=True)
    subprocess.run([f"{here}/inputs.py", directory, str(scale)], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, CRIU_REWRITE=ours))


def apply(directory, kind):
    return [ours, "apply", "--rules", f"{directory}/{kind}.rules", f"{directory}/{kind}", "-o", f"{work}/out/new"]


def decode(tool, directory, kind):
    return [tool, "decode", "-i", f"{directory}/{kind}/{kinds[kind]}", "-o", f"{work}/out/json"]


def encode(tool, directory, kind):
    return [tool, "encode", "-i", f"{directory}/{kind}.json", "-o", f"{work}/out/img"]


def peer(how, directory, kind):
    return [f"{work}/peer", how, kind, f"{directory}/{kind}/{kinds[kind]}", f"{work}/out/img"]


def exponent(job, kind):
    small, large = (run(job(f"{work}/{name}", kind))[0] for name in ("small", "large"))
    return math.log(large / small) / math.log(LARGE / SCALE)


def table(title, heads, rows):
    print(f"\n{title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def milliseconds(result):
    return f"{result[0] * 1e3:.0f} ± {result[1] * 500:.0f} ms"


def offline():
    rows = []
    for kind, file in kinds.items():
        size = os.path.getsize(f"{work}/small/{kind}/{file}")
        jobs = compare({"wire": peer("wire", f"{work}/small", kind), "apply": apply(f"{work}/small", kind),
                        "protobuf-c": peer("protobuf-c", f"{work}/small", kind)})
        rows.append([kind, f"{size / 1e6:.1f} MB", milliseconds(jobs["apply"]), f"{jobs['apply'][2]:.1f}",
                     f"{jobs['protobuf-c'][2]:.1f}",
                     f"{exponent(apply, kind):.2f}"])
    table("`apply`, one field in every entry; CPU against a bare scan of the bytes (= 1)",
          ["image", "size", "apply", "against the scan", "protobuf-c", "exponent"], rows)
    rows = []
    for kind in kinds:
        row = [kind]
        for job in (decode, encode):
            jobs = compare({"ours": job(ours, f"{work}/small", kind), "crit": job("crit", f"{work}/small", kind)})
            row += [milliseconds(jobs["ours"]), f"{jobs['crit'][2]:.0f}"]
        rows.append(row)
    table("`decode` and `encode`; crit's CPU against ours", ["image", "decode", "crit", "encode", "crit"], rows)


def archives():
    checkpoint = f"{work}/archive/checkpoint"
    os.makedirs(checkpoint)
    shutil.copy(f"{work}/small/cgroup/cgroup.img", checkpoint)
    subprocess.run([ours, "encode", "-o", f"{checkpoint}/inventory.img"], check=True, input=b'{"magic": "INVENTORY", '
                   b'"entries": [{"img_version": 2, "root_cg_set": 1}]}', stdout=subprocess.DEVNULL)
    with open(f"{checkpoint}/pages-1.img", "wb") as f:
        for _ in range(PAGES >> 20):
            f.write(os.urandom(512 << 10) + bytes(512 << 10))
    subprocess.run(f"cd {work}/archive && tar cf ../a.tar checkpoint && zstd -q -3 ../a.tar -o ../a.tar.zst", shell=True,
                   check=True)
    rule = ["apply", "--rules", f"{work}/small/cgroup.rules"]
    tar = compare({"cp": ["cp", f"{work}/a.tar", f"{work}/out/a.tar"],
                   "ours": [ours, *rule, f"{work}/a.tar", "-o", f"{work}/out/b.tar"]})
    zstd = compare({"zstd": f"zstd -dc {work}/a.tar.zst | zstd -q -T2 -3 -o {work}/out/a.tar.zst",
                    "ours": [ours, *rule, f"{work}/a.tar.zst", "-o", f"{work}/out/b.tar.zst"]}, 1)
    start = compare({"true": ["/bin/true"], "ours": [ours, "--version"]})
    table("Archives with 512 MiB of pages, and starting", ["job", "takes", "against", "ratio"], [
        [".tar, CPU", milliseconds(tar["ours"]), "cp", f"{tar['ours'][2]:.1f}"],
        [".tar.zst, wall", milliseconds(zstd["ours"]), "`zstd -d \\| zstd -T2`", f"{zstd['ours'][2]:.1f}"],
        ["`criu-rewrite --version`, CPU", f"{start['ours'][0] * 1e3:.1f} ms", "/bin/true", f"{start['ours'][2]:.1f}"]])


inputs(f"{work}/small", SCALE)
inputs(f"{work}/large", LARGE)
offline()
archives()
