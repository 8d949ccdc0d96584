#!/usr/bin/env python3
"""What one tugd carries, as curves: against connections, calls in flight, commands in flight, and the hosts that a file goes to at once.

    bench/runner/scaling.py BIN_DIR OUT_DIR [--hosts 50] [--mib 1024] [--connections 10000]

BIN_DIR has the programs of an optimised build. Writes OUT_DIR/scaling.csv and OUT_DIR/scaling.svg; `--draw` only draws again what the CSV
has. tugd and all of its like run on core 0, their clients on core 1. One run a point: it is the shape that counts."""

import argparse
import contextlib
import csv
import math
import shutil
import tempfile
import types
from pathlib import Path

from host import MIB, make_file, run_timed
from plot import FAINT, PEER_COLOUR, TUG_COLOUR, figure, text
from tugd import Tugd

WIDTH, LEFT, RIGHT, PANEL, GAP = 860, 80, 40, 130, 62
PANELS = [
    ("connections_rate", "rpc.ping a second, one in flight on each connection", "connections"),
    ("connections_rss", "MiB that tugd holds of idle connections", "connections"),
    ("in_flight_rate", "rpc.ping a second over one connection", "calls in flight"),
    ("in_flight_p99", "p99 of these calls, ms", "calls in flight"),
    ("commands_rate", "commands (/bin/true) a second over one connection", "commands in flight"),
    ("fan_out_rate", "MiB a second of a put to all of them, together", "hosts"),
]


def steps(most):
    """1, 2, 5, 10, … up to `most`, which is the last."""
    out = [n * 10**e for e in range(6) for n in (1, 2, 5)]
    return [n for n in out if n < most] + [most]


def connections(bench, most):
    for n in steps(most):
        with Tugd(bench, bench.tmpfs) as tugd:
            idle = tugd.bench("idle", "--connections", n, "--seconds", 1)
            yield "connections_rss", n, idle["kib_each"] * n / 1024
        if n > 1000:
            continue  # the generator has a descriptor and a buffer for each
        with Tugd(bench, bench.tmpfs) as tugd:
            got = tugd.bench("rpc", "--connections", n, "--depth", 1, "--payload", 64, "--seconds", 1)
            yield "connections_rate", n, got["rate"]


def in_flight(bench):
    with Tugd(bench, bench.tmpfs) as tugd:
        for n in steps(256):
            got = tugd.bench("rpc", "--connections", 1, "--depth", n, "--payload", 64, "--seconds", 1)
            yield "in_flight_rate", n, got["rate"]
            yield "in_flight_p99", n, got["p99_us"] / 1000
        for n in steps(64):
            got = tugd.bench("exec", "--count", max(200, 40 * n), "--depth", n)
            yield "commands_rate", n, got["rate"]


def fan_out(bench, hosts, mib):
    """A put by `tug put --on`, which reads its file once. Roots are in memory: where the copies do not fit in there, the file is smaller."""
    keys = bench.scratch / "keys"
    sent = bench.tmpfs / "sent"
    for n in steps(hosts):
        free = shutil.disk_usage(bench.tmpfs).free // MIB
        size = max(1, min(mib, int(free * 0.6) // (n + 1)))
        make_file(sent, size * MIB)
        with contextlib.ExitStack() as all_hosts:
            roots = [bench.tmpfs / f"host{i}" for i in range(n)]
            for root in roots:
                root.mkdir(exist_ok=True)
            started = [all_hosts.enter_context(Tugd(bench, root)) for root in roots]
            names = ",".join(tugd.address for tugd in started)
            took = run_timed([bench.bin / "tug", "--key-file", keys, "-q", "put", "--on", names, "--no-durable", sent, "/got"], timeout=300)
        for root in roots:
            shutil.rmtree(root)
        yield "fan_out_rate", n, n * size / took


def measure(args):
    scratch = Path(tempfile.mkdtemp())
    tmpfs = Path(tempfile.mkdtemp(dir="/dev/shm"))
    bench = types.SimpleNamespace(bin=args.bin, tugd=args.bin / "tugd", scratch=scratch, tmpfs=tmpfs)
    try:
        for points in (in_flight(bench), connections(bench, args.connections), fan_out(bench, args.hosts, args.mib)):
            for name, x, y in points:
                print(f"{name:18} {x:6} {y:12.2f}", flush=True)
                yield {"curve": name, "x": x, "y": f"{y:.3f}"}
    finally:
        shutil.rmtree(scratch)
        shutil.rmtree(tmpfs)


def draw_panel(points, title, axis, top):
    """A curve over a logarithmic axis, with the figure at each of its points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    first, last, most = math.log10(xs[0]), math.log10(max(xs[-1], xs[0] + 1)), max(ys) or 1

    def place(x, y):
        return (LEFT + (math.log10(x) - first) / (last - first) * (WIDTH - LEFT - RIGHT), top + PANEL - y / most * (PANEL - 24))

    out = [text(LEFT, top - 8, title, 13, weight="bold"), text(WIDTH - RIGHT, top + PANEL + 32, axis, 12, FAINT, "end"),
           f'<line x1="{LEFT}" y1="{top + PANEL}" x2="{WIDTH - RIGHT}" y2="{top + PANEL}" stroke="{PEER_COLOUR}"/>',
           text(LEFT - 8, top + PANEL, "0", 12, FAINT, "end")]
    line = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in points)
    out.append(f'<polyline fill="none" stroke="{TUG_COLOUR}" stroke-width="1.6" points="{line}"/>')
    for x, y in points:
        across, up = place(x, y)
        out.append(f'<circle cx="{across:.1f}" cy="{up:.1f}" r="2.5" fill="{TUG_COLOUR}"/>')
        out.append(text(across, up - 7, figure(y), 11, FAINT, "middle"))
        out.append(text(across, top + PANEL + 16, f"{x:,}", 11, FAINT, "middle"))
    return out


def draw(rows, path):
    body, top = [text(16, 26, "What one tugd carries on one core, and a fan-out on two", 16, weight="bold")], 66
    for name, title, axis in PANELS:
        points = sorted((int(r["x"]), float(r["y"])) for r in rows if r["curve"] == name)
        if len(points) < 2:
            continue
        body += draw_panel(points, title, axis, top)
        top += PANEL + GAP
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'font-family="system-ui, sans-serif" role="img" aria-label="What one tugd carries">')
    path.write_text("\n".join([head, f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>', *body, "</svg>\n"]), encoding="ascii")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("bin", type=lambda text: Path(text).resolve(), help="programs of an optimised build")
    p.add_argument("out", type=Path)
    p.add_argument("--connections", type=int, default=10_000)
    p.add_argument("--hosts", type=int, default=50)
    p.add_argument("--mib", type=int, default=1024)
    p.add_argument("--draw", action="store_true", help="measure nothing")
    args = p.parse_args()
    table = args.out / "scaling.csv"
    if not args.draw:
        rows = list(measure(args))
        with open(table, "w", newline="", encoding="ascii") as f:
            out = csv.DictWriter(f, ["curve", "x", "y"])
            out.writeheader()
            out.writerows(rows)
    with open(table, encoding="ascii") as f:
        draw(list(csv.DictReader(f)), args.out / "scaling.svg")


if __name__ == "__main__":
    main()
