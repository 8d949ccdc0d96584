#!/usr/bin/env python3
"""What one tugd carries, and what a fan-out does, as curves: ./dev bench scaling [short|full] [OPTION...]

Writes docs/scaling.csv, docs/scaling.svg and docs/scaling-measured.md, and draws the simulation of a pool anew. tugd and all of its like run on
core 0, their clients on core 1."""

import argparse
import csv
import os
import signal
import statistics
import subprocess
import sys
import time
import types
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True  # the checkout stays as it is

import curves
from host import MIB, BenchError, keep_pages, make_file, remove, require_cores, run_timed, scratch
from plot import figure
from publish import machine, table
from transfers import make_small_files
from tugd import Tugd

FOLDER = Path(__file__).resolve().parents[2]
TITLE = "What one tugd carries on one core, and a fan-out on two"
PANELS = [
    ("connections_rate", "rpc.ping a second, one in flight on each connection", "connections"),
    ("connections_rss", "MiB that tugd holds of idle connections", "connections"),
    ("in_flight_rate", "rpc.ping a second over one connection", "calls in flight"),
    ("in_flight_p99", "p99 of these calls, ms", "calls in flight"),
    ("commands_rate", "commands (/bin/true) a second over one connection", "commands in flight"),
    ("commands_p99", "p99 of these commands, ms", "commands in flight"),
    ("tree_put", "files of 4 KiB a second in a tree that is put", "files"),
    ("tree_again", "files a second that a sync of the same tree again looks at", "files"),
    ("fan_out_exec", "ms of a command on all hosts", "hosts"),
    ("fan_out_rate", "MiB a second of a put to all hosts, together", "hosts"),
]


class Scale:
    """How far a run goes, and how often it measures each point."""

    def __init__(self, full):
        self.full = full
        self.rounds = 3 if full else 1
        self.digits = (1, 3) if full else (1,)
        self.connections = 10_000
        self.hosts = 200 if full else 50
        self.put_hosts = (1, 10, 50)  # 61 GiB are moved in the full form
        self.mib = 1024 if full else 128
        self.files = 50_000 if full else 10_000
        self.seconds = 0.5

    def steps(self, most, least=1):
        """1, 3, 10, 30, … up to `most`, which is the last; the short form goes by tens."""
        out = [n * 10**e for e in range(6) for n in self.digits]
        return [n for n in out if least <= n < most] + [most]


def connections(bench, scale):
    for n in scale.steps(scale.connections):
        with Tugd(bench, bench.tmpfs) as tugd:
            idle = tugd.bench("idle", "--connections", n, "--seconds", 0.5)
            yield "connections_rss", n, idle["kib_each"] * n / 1024
        with Tugd(bench, bench.tmpfs) as tugd:
            got = tugd.bench("rpc", "--connections", n, "--depth", 1, "--payload", 64, "--seconds", scale.seconds)
            yield "connections_rate", n, got["rate"]


def in_flight(bench, scale):
    with Tugd(bench, bench.tmpfs) as tugd:
        for n in scale.steps(256):
            got = tugd.bench("rpc", "--connections", 1, "--depth", n, "--payload", 64, "--seconds", scale.seconds)
            yield "in_flight_rate", n, got["rate"]
            yield "in_flight_p99", n, got["p99_us"] / 1000
        for n in scale.steps(64):
            got = tugd.bench("exec", "--count", max(200, 20 * n), "--depth", n)
            yield "commands_rate", n, got["rate"]
            yield "commands_p99", n, got["p99_us"] / 1000


def trees(bench, scale):
    for n in scale.steps(scale.files, least=10):
        source, root = bench.tmpfs / "tree", bench.tmpfs / "root"
        root.mkdir()
        make_small_files(source, n)
        with Tugd(bench, root) as tugd:
            flags = ["--key-file", tugd.keys, "-q"]
            put = run_timed([bench.bin / "tug", "put", *flags, source, f"tug://{tugd.address}/copy"])
            again = run_timed([bench.bin / "tug", "sync", *flags, source, f"tug://{tugd.address}/copy"])
        remove(source)
        remove(root)
        yield "tree_put", n, n / put
        yield "tree_again", n, n / again


class Crowd:
    """Hosts, each a tugd with a root of its own."""

    def __init__(self, bench, stack, count):
        self.bench = bench
        self.roots = [scratch(bench.tmpfs, "host") for _ in range(count)]
        self.tugds = [stack.enter_context(Tugd(bench, root)) for root in self.roots]

    def time(self, count, command, *words):
        hosts = ",".join(tugd.address for tugd in self.tugds[:count])
        argv = [self.bench.bin / "tug", command, "--key-file", self.tugds[0].keys, "-q", "--on", hosts, *words]
        return run_timed(argv, timeout=300)


def fan_out(bench, scale):
    with ExitStack() as stack:
        crowd = Crowd(bench, stack, scale.hosts)
        for n in scale.steps(scale.hosts):
            yield "fan_out_exec", n, crowd.time(n, "exec", "--", "true") * 1000
        sent = bench.tmpfs / "sent"
        for n in scale.put_hosts:
            at_once = max(1, min(n, memory_for_copies() // scale.mib - 1))
            make_file(sent, scale.mib * MIB)
            took = 0
            for first in range(0, n, at_once):
                took += crowd.time(min(at_once, n - first), "put", "--no-durable", sent, "/got")
                for root in crowd.roots:
                    (root / "got").unlink(missing_ok=True)
            yield "fan_out_rate", n, n * scale.mib / took


def memory_for_copies():
    """MiB: a third of what is free, for the copies are files in memory."""
    available = next(line for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines() if line.startswith("MemAvailable"))
    return int(available.split()[1]) // 1024 // 3


def measure(bench, scale):
    """(curve, x, figure) of all points, `rounds` times."""
    for number in range(scale.rounds):
        for group in (in_flight, connections, trees, fan_out):
            if number > 0 and group is fan_out:
                continue  # it takes as long as the others together
            for name, x, y in group(bench, scale):
                print(f"{name:18} {x:7,} {figure(y):>10}", flush=True)
                yield name, x, y


def draw_simulation(bin_dir):
    """The pool of 10,000 hosts in virtual time: a unit test says what happened."""
    tests, plot = bin_dir / "tug_unit_tests", Path(__file__).with_name("pool_plot.py")
    if not tests.exists():
        print(f"{tests} is not there: the simulation was not drawn anew", file=sys.stderr)
        return
    rows = scratch("/tmp") / "pool.csv"
    subprocess.run([tests, "--run_test=pool_simulation_test"], env={**os.environ, "TUG_POOL_CSV": str(rows)}, check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, plot, rows, FOLDER / "bench" / "plots" / "pool.svg"], check=True)
    remove(rows.parent)


def page(points, scale, load, seconds):
    """What was measured, on what, and how far the runs were apart."""
    spread = [max(ys) / min(ys) - 1 for by_x in points.values() for ys in by_x.values() if len(ys) > 1 and min(ys) > 0]
    noise = (f"Between its lowest and its highest run half of the points differ by at most {statistics.median(spread):.0%}, the worst by "
             f"{max(spread):.0%}." if spread else "Each point is one short run, easily disturbed.")
    out = ["# Scaling, measured", "",
           f"Written by `./dev bench scaling {'full' if scale.full else 'short'}` in {seconds:.0f} s. {machine()}. tugd on core 0, its clients on "
           f"core 1; load of the machine when it began: {load:.1f}. {noise} The shapes count, absolute figures move with the machine.", "",
           f"![{TITLE}](scaling.svg)", "",
           "A bar at a point goes from the lowest run to the highest, the line through the medians. What these curves say is in "
           "[scaling.md](scaling.md).", ""]
    for name, title, axis in PANELS:
        if name in points:
            at = sorted(points[name].items())
            out += table([axis, *(f"{x:,}" for x, _ in at)], [[title, *(figure(statistics.median(ys)) for _, ys in at)]]) + [""]
    return "\n".join(out)


def read(path):
    points = {}
    with open(path, encoding="ascii") as f:
        for row in csv.DictReader(f):
            points.setdefault(row["curve"], {}).setdefault(int(row["x"]), []).append(float(row["y"]))
    return points


def write(path, rows):
    with open(path, "w", newline="", encoding="ascii") as f:
        out = csv.writer(f)
        out.writerow(["curve", "x", "y"])
        out.writerows([name, x, f"{y:.4g}"] for name, x, y in rows)


def parse():
    p = argparse.ArgumentParser(prog="./dev bench scaling", description=__doc__.splitlines()[0])
    p.add_argument("mode", nargs="?", choices=("short", "full"), default="short", help="short: a minute; full: six, each point three times")
    p.add_argument("--bin", type=Path, default=FOLDER / "build" / "bin", help="programs of an optimised build")
    p.add_argument("--out", type=Path, default=FOLDER / "docs", help="where the page and its figures go")
    return p.parse_args()


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of every `finally`
    scale, load, began, bin_dir = Scale(args.mode == "full"), os.getloadavg()[0], time.monotonic(), args.bin.resolve()
    try:
        require_cores()
        with ExitStack() as stack:
            stack.enter_context(keep_pages())
            places = [scratch("/tmp"), scratch("/dev/shm")]
            for place in places:
                stack.callback(remove, place)
            bench = types.SimpleNamespace(bin=bin_dir, tugd=bin_dir / "tugd", scratch=places[0], tmpfs=places[1])
            rows = list(measure(bench, scale))
    except BenchError as e:
        print(f"scaling: {e}", file=sys.stderr)
        return 1
    write(args.out / "scaling.csv", rows)
    points = read(args.out / "scaling.csv")
    (args.out / "scaling.svg").write_text(curves.svg(TITLE, PANELS, points), encoding="utf-8")
    (args.out / "scaling-measured.md").write_text(page(points, scale, load, time.monotonic() - began), encoding="utf-8")
    draw_simulation(bin_dir)
    print(f"{time.monotonic() - began:.0f} s; written: {args.out / 'scaling-measured.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
