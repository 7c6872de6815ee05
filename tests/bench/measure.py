#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: measure.py WORK [ROUNDS]

What the command costs beside others that do the same, and the plugin in a restore: medians of ROUNDS (9) rounds, in which
each takes its turn, as ratios or differences of one round. Standard output: tables for doc/speed.md. WORK has criu-rewrite,
rewrite.so, runc (the front), peer, load, spent and empty.so, and of real restores (tests/bench/restores) times and tasks, a
checkpoint; inputs are made in it. GO_CRIT in the environment is go-criu's crit, to be measured as well.
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
    """CPU seconds, wall seconds, memory in MB."""
    out = f"{work}/out"
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    spent = f"{work}/spent.out"
    if os.path.exists(spent):
        os.unlink(spent)
    status = subprocess.run([f"{work}/spent", spent, *(["sh", "-c", command] if isinstance(command, str) else command)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    if status not in (0, 3):
        raise SystemExit(f"{command}: exit status {status}")
    with open(spent, encoding="ascii") as f:
        cpu, wall, memory = map(int, f.read().split())
    return cpu / 1e6, wall / 1e6, memory * 1024 / 1e6


def compare(commands, what=0):
    """Of {name: command}: {name: (median, spread, median of the ratios to the first, of memory)}."""
    taken = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(run(command))
    first = next(iter(commands))
    result = {}
    for name, runs in taken.items():
        values = [r[what] for r in runs]
        ratios = [r[what] / max(f[what], 1e-6) for r, f in zip(runs, taken[first])]
        result[name] = (statistics.median(values), max(values) - min(values), statistics.median(ratios),
                        statistics.median(r[2] for r in runs))
    return result


def inputs(directory, scale):
    os.makedirs(directory, exist_ok=True)
    subprocess.run([f"{here}/inputs.py", directory, str(scale)], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, CRIU_REWRITE=ours))


def apply(directory, kind, *options):
    return [ours, "apply", *options, "--rules", f"{directory}/{kind}.rules", f"{directory}/{kind}", "-o", f"{work}/out/new"]


def apply_quietly(directory, kind):
    return apply(directory, kind, "-q")


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
    digits = 0 if result[0] >= 0.02 else 1
    return f"{result[0] * 1e3:.{digits}f} ± {result[1] * 500:.{digits}f} ms"


def offline():
    rows = []
    for kind, file in kinds.items():
        size = os.path.getsize(f"{work}/small/{kind}/{file}") / 1e6
        jobs = compare({"wire": peer("wire", f"{work}/small", kind), "apply": apply(f"{work}/small", kind),
                        "quiet": apply_quietly(f"{work}/small", kind),
                        "protobuf-c": peer("protobuf-c", f"{work}/small", kind)})
        rows.append([kind, f"{size:.1f} MB",
                     *(text for name in ("apply", "quiet") for text in (milliseconds(jobs[name]), f"{jobs[name][2]:.1f}")),
                     f"{jobs['quiet'][3]:.0f} MB", f"{jobs['protobuf-c'][2]:.1f}", f"{jobs['protobuf-c'][3]:.0f} MB",
                     f"{exponent(apply_quietly, kind):.2f}"])
    table("One field in every entry, told one by one (`apply`) and not (`apply -q`); CPU against a bare scan of the bytes (= 1)",
          ["image", "size", "`apply`", "scan = 1", "`apply -q`", "scan = 1", "memory", "protobuf-c", "its memory", "exponent"],
          rows)


def others():
    tools = {"crit": "crit"}
    if "GO_CRIT" in os.environ:
        tools["go-criu"] = os.environ["GO_CRIT"]
    heads, rows = ["image"], []
    for kind in kinds:
        row = [kind]
        for job in (decode, encode):
            jobs = compare({"ours": job(ours, f"{work}/small", kind),
                            **{name: job(tool, f"{work}/small", kind) for name, tool in tools.items()}})
            row += [milliseconds(jobs["ours"]), f"{jobs['ours'][3]:.0f} MB", *(f"{jobs[name][2]:.0f}" for name in tools)]
        rows.append(row)
    heads += [head for job in ("decode", "encode") for head in (job, "memory", *tools)]
    table("`decode` and `encode`; the others' CPU against ours", heads, rows)


def edits():
    """By hand: crit, jq, crit."""
    rows = []
    for kind, edit in {"cgroup": '(.. | select(.name? == "cpuset.cpus") | .value) = "0-1"', "files": ".entries[].reg.pos = 7",
                       "mm": ".entries[].vmas[].pgoff = 7", "pagemap": ".entries[1:][].flags = 5"}.items():
        image = f"{work}/thousand/{kind}/{kinds[kind]}"
        jobs = compare({"ours": apply_quietly(f"{work}/thousand", kind),
                        "crit": f"crit decode -i {image} | jq -c '{edit}' | crit encode -o {work}/out/img"})
        rows.append([f"{kind}, a thousand entries edited (`-q`)", milliseconds(jobs["ours"]), "crit, jq, crit",
                     f"{jobs['crit'][2]:.0f}"])
    for what in ("ps", "fds", "mems", "rss"):
        jobs = compare({"ours": [ours, "x", f"{work}/tasks", what], "crit": ["crit", "x", f"{work}/tasks", what]})
        rows.append([f"`x {what}` of 200 tasks", milliseconds(jobs["ours"]), f"crit x {what}", f"{jobs['crit'][2]:.0f}"])
    table("Against crit's CPU on small checkpoints", ["job", "takes", "against", "ratio"], rows)


def restores():
    taken = {}
    with open(f"{work}/times", encoding="ascii") as f:
        for line in f:
            name, which, *values = line.split()
            taken.setdefault(name, {"with": [], "without": []})[which].append([int(v) for v in values])
    rows = []
    for name, runs in taken.items():
        row = [name, str(len(runs["with"]))]
        for what, unit in enumerate(("us", "us", "KB")):
            added = [a[what] - b[what] for a, b in zip(runs["with"], runs["without"])]
            low, median, high = statistics.quantiles(added, n=4)
            row.append(f"{median:.0f} ± {(high - low) / 2 / math.sqrt(len(added)):.0f} {unit}")
        base = statistics.median(run[0] for run in runs["without"])
        rows.append([*row, f"{base / 1e3:.1f} ms"])
    table("What the plugin adds to a real restore, paired with the same without it", ["restore", "pairs", "CPU", "on the clock",
          "memory", "CPU without"], rows)
    plugin, empty = subprocess.run([f"{work}/load", f"{work}/rewrite.so", f"{work}/empty.so"], check=True,
                                   capture_output=True, text=True).stdout.split()
    print(f"\nLoading alone: {plugin} us of CPU for `rewrite.so`, {empty} us for a shared object with nothing in it.")


def front():
    """Before a command that is not restore, of a runtime that does nothing."""
    os.mkdir(f"{work}/runtime")
    shutil.copy("/bin/true", f"{work}/runtime/runc")
    os.environ["PATH"] = f"{work}/runtime:{os.environ['PATH']}"
    costs = [run([f"{work}/runc", "list"])[0] - run([f"{work}/runtime/runc", "list"])[0] for _ in range(rounds * 5)]
    low, median, high = (cost * 1e6 for cost in statistics.quantiles(costs, n=4))
    print(f"\nThe front for runtimes, beyond the runtime's own start: {median:.0f} ± "
          f"{(high - low) / 2 / math.sqrt(len(costs)):.0f} us of CPU for a command that is not `restore`.")


def archives():
    checkpoint = f"{work}/archive/checkpoint"
    os.makedirs(checkpoint)
    shutil.copy(f"{work}/thousand/cgroup/cgroup.img", checkpoint)
    subprocess.run([ours, "encode", "-o", f"{checkpoint}/inventory.img"], check=True, input=b'{"magic": "INVENTORY", '
                   b'"entries": [{"img_version": 2, "root_cg_set": 1}]}', stdout=subprocess.DEVNULL)
    with open(f"{checkpoint}/pages-1.img", "wb") as f:
        for _ in range(PAGES >> 20):
            f.write(os.urandom(512 << 10) + bytes(512 << 10))
    subprocess.run(f"cd {work}/archive && tar cf ../a.tar checkpoint && zstd -q -3 ../a.tar -o ../a.tar.zst", shell=True,
                   check=True)
    rule = ["apply", "--rules", f"{work}/thousand/cgroup.rules"]
    tar = compare({"cp": ["cp", f"{work}/a.tar", f"{work}/out/a.tar"],
                   "ours": [ours, *rule, f"{work}/a.tar", "-o", f"{work}/out/b.tar"]})
    zstd = compare({"zstd": f"zstd -dc {work}/a.tar.zst | zstd -q -T2 -3 -o {work}/out/a.tar.zst",
                    "ours": [ours, *rule, f"{work}/a.tar.zst", "-o", f"{work}/out/b.tar.zst"]}, 1)
    start = compare({"true": ["/bin/true"], "ours": [ours, "--version"]})
    table("Archives with 512 MiB of pages, and starting", ["job", "takes", "against", "ratio"], [
        [".tar, CPU", milliseconds(tar["ours"]), "cp", f"{tar['ours'][2]:.1f}"],
        [".tar.zst, wall", milliseconds(zstd["ours"]), "`zstd -d \\| zstd -T2`", f"{zstd['ours'][2]:.1f}"],
        ["`criu-rewrite --version`, CPU", f"{start['ours'][0] * 1e3:.1f} ms", "/bin/true", f"{start['ours'][2]:.1f}"]])


inputs(f"{work}/thousand", 1)
inputs(f"{work}/small", SCALE)
inputs(f"{work}/large", LARGE)
restores()
offline()
others()
edits()
archives()
front()
