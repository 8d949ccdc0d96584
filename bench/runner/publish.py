"""The table on the terminal, RESULTS.md and its plots."""

import platform
import subprocess
from pathlib import Path

from plot import figure, svg
from results import REQUIREMENTS, TUG

GROUPS = {"calls": "Small calls: rpc.ping, 64 bytes", "latency": "One call at a time",
          "transfers": "One large file", "files": "Many small files", "commands": "Commands",
          "output": "Output of a command", "jobs": "Jobs", "tunnels": "Tunnels", "crowds": "Many hosts", "links": "Long links, and whole processes",
          "tls": "TLS 1.3", "deltas": "A large file that changes",
          "memory": "Memory of tugd", "micro": "Steps of the protocol"}


def rows(work):
    """(contestant, figure, tug over it, server CPU) of each, tug first."""
    for e in sorted(work.entries.values(), key=lambda e: e.name != TUG):
        ratio = work.ratio(e.name)
        each = [r["server_us_each"] for r in e.runs if "server_us_each" in r]
        cpu = f"{sorted(each)[len(each) // 2]:.2f} µs" if each and work.group in ("calls", "latency") else ""
        tail = f"{e.metric('p50_us'):.0f}/{e.metric('p99_us'):.0f}/{e.metric('p999_us'):.0f}" \
            if e.runs and "p50_us" in e.runs[0] else ""
        spread = f"{figure(min(e.values))}-{figure(max(e.values))}" if len(e.values) > 1 else ""
        yield e.name, figure(e.value), f"{ratio:.2f}" if ratio and e.name != TUG else "", cpu, tail, spread
    for name, why in work.missing.items():
        yield name, "missing", "", "", why, ""


HEAD = ("contestant", "figure", "tug / it", "server CPU a call", "p50/p99/p99.9 µs", "of all runs")


def checks(works):
    """(text, bound, figure, verdict) for everything that must hold."""
    for r in REQUIREMENTS:
        got = r.check(works)
        if got is None:
            yield r.text, r.bound, "-", "not measured"
        else:
            yield r.text, r.bound, f"{got[0]:.3g}", "holds" if got[1] else "MISSED"


def print_table(works):
    for group, title in GROUPS.items():
        for work in (w for w in works.values() if w.group == group):
            print(f"\n{title} - {work.title} [{work.unit}, {'more' if work.higher_is_better else 'less'} is better]")
            print(f"  {HEAD[0]:22} {HEAD[1]:>12} {HEAD[2]:>9} {HEAD[3]:>18}  {HEAD[4]:24} {HEAD[5]}")
            for row in rows(work):
                print(f"  {row[0]:22} {row[1]:>12} {row[2]:>9} {row[3]:>18}  {row[4]:24} {row[5]}".rstrip())
    print("\nWhat must hold (ratios: tug's figure over that of the peer)")
    for line in checks(works):
        print(f"  {line[0]:48} {line[1]:>8} {line[2]:>8}  {line[3]}")


def first_line(*argv):
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
        return (done.stdout.strip().splitlines() or [""])[0]
    except (OSError, subprocess.TimeoutExpired):
        return "absent"


def machine():
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown CPU")
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{model}, Linux {kernel}, {first_line('g++', '--version')}"


def public(words, bench):
    """Without the paths of this machine."""
    for path in (bench.bin, bench.scratch, bench.tmpfs, bench.disk):
        words = words.replace(f"{path}/", "")
    return words


def table(head, lines):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return out + ["| " + " | ".join(line) + " |" for line in lines]


def publish(works, failures, bench, seconds, folder):
    """Writes folder/RESULTS.md and folder/plots/GROUP.svg."""
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    out = ["# Results", "",
           f"Written by `./dev bench {'full' if bench.full else 'quick'}` in {seconds:.0f} s; medians of {bench.rounds} "
           f"{'runs' if bench.rounds > 1 else 'run'}. {machine()}; server on core 0, client on core 1.", "",
           "Only the ratios inside one run mean anything: absolute figures move with the machine and its other work. "
           f"Load of the machine when it began: {bench.load:.1f}.", ""]
    if not bench.full:
        out += ["This is the quick form: single short runs, easily disturbed. The full form decides.", ""]
    for name, why in failures.items():
        first = why.splitlines()[-1]
        out += [f"**The group `{name}` FAILED, what is missing of it was not measured:** {public(first, bench)}", ""]
    out += ["## What must hold", ""] + table(("work", "must be", "is", ""), checks(works)) + [""]
    out += ["On what is MISSED, with profiles: [PROFILES.md](PROFILES.md).", ""]
    for group, title in GROUPS.items():
        of_group = [w for w in works.values() if w.group == group]
        if not of_group:
            continue
        (plots / f"{group}.svg").write_text(svg(title, of_group), encoding="utf-8")
        out += [f"## {title}", "", f"![{title}](plots/{group}.svg)", ""]
        for work in of_group:
            direction = "more" if work.higher_is_better else "less"
            out += [f"**{work.title}**, {work.unit}, {direction} is better", ""] + table(HEAD, rows(work)) + [""]
    (folder / "RESULTS.md").write_text("\n".join(out), encoding="utf-8")
