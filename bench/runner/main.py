"""bench/run: measures tug and its peers side by side, prints the table and writes RESULTS.md. See bench/README.md."""

import argparse
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the checkout stays as it is

import commands
import crowds
import deltas
import jobs
import long_links
import memory
import micro
import small_calls
import transfers
import trees
import tunnels
from host import BenchError, keep_pages, remove, require_cores, scratch
from publish import checks, print_table, publish

FOLDER = Path(__file__).resolve().parents[1]
GROUPS = {"calls": small_calls.measure, "transfers": transfers.measure, "trees": trees.measure, "deltas": deltas.measure,
          "commands": commands.measure_commands, "output": commands.measure_output, "jobs": jobs.measure,
          "tunnels": tunnels.measure, "crowds": crowds.measure, "links": long_links.measure, "memory": memory.measure, "micro": micro.measure}


class Bench:
    """The settings of a run, and its directories."""

    def __init__(self, args, stack):
        self.full = args.mode == "full"
        self.bin = args.bin.resolve()
        self.tugd = args.tugd.resolve() if args.tugd else self.bin / "tugd"
        self.rounds = args.rounds or (5 if self.full else 1)
        self.transfer_mib = args.mib or 1024
        self.files = args.files or 10_000
        self.commands = args.commands or (1000 if self.full else 500)
        self.idle = args.idle or 10_000
        self.load = os.getloadavg()[0]
        for program in (self.bin / "tug-bench", self.tugd):
            if not program.exists():
                raise BenchError(f"{program} is not there: ./dev build release")
        self.scratch = self._directory(stack, "/tmp")
        self.tmpfs = self._directory(stack, "/dev/shm")
        self.disk = self._directory(stack, self.bin.parent)

    @staticmethod
    def _directory(stack, parent):
        path = scratch(parent)
        stack.callback(remove, path)
        return path


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures tug and its peers side by side.")
    parser.add_argument("mode", nargs="?", choices=("quick", "full"), default="quick",
                        help="quick: one round, 3 minutes; full: median of 5, 20 minutes, every peer must be there")
    parser.add_argument("--only", action="append", choices=tuple(GROUPS), help="only this group; may be repeated")
    parser.add_argument("--strict", action="store_true", help="fail, too, where something that must hold does not")
    parser.add_argument("--no-write", action="store_true", help="print the table and leave RESULTS.md as it is")
    parser.add_argument("--bin", type=Path, default=FOLDER.parent / "build" / "bin", help="where the programs are")
    parser.add_argument("--tugd", type=Path, help="another tugd than the one there")
    for name, what in (("rounds", "runs of each"), ("mib", "size of a transfer"), ("files", "how many small files"),
                       ("commands", "how many commands"), ("idle", "how many idle connections")):
        parser.add_argument(f"--{name}", type=int, help=what)
    return parser.parse_args()


def measure_all(bench, chosen):
    """Every group in turn; a group's daemons end with it. Gives the works, and why groups were given up."""
    works, failures = {}, {}
    for name in chosen:
        print(f"==> {name}", file=sys.stderr, flush=True)
        try:
            with contextlib.ExitStack() as stack:
                for work in GROUPS[name](bench, stack):
                    works[work.id] = work
                    print(f"    {work.title}", file=sys.stderr, flush=True)
                    for peer, why in work.missing.items():
                        complain_missing(bench, peer, why)
        except BenchError as e:
            failures[name] = str(e)
            print(f"    FAILED: {e}", file=sys.stderr, flush=True)
    return works, failures


def complain_missing(bench, peer, why):
    """A docker engine may be missing anywhere; every other peer can be installed."""
    print(f"    MISSING {peer}: {why}", file=sys.stderr, flush=True)
    if bench.full and not peer.startswith("docker"):
        raise BenchError(f"{peer} is missing: {why}")


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of every `finally`
    began = time.monotonic()
    try:
        require_cores()
        with contextlib.ExitStack() as stack:
            stack.enter_context(keep_pages())
            bench = Bench(args, stack)
            works, failures = measure_all(bench, args.only or GROUPS)
    except BenchError as e:
        print(f"bench: {e}", file=sys.stderr)
        return 1
    print_table(works)
    seconds = time.monotonic() - began
    print(f"\n{seconds:.0f} s")
    if not args.no_write:
        publish(works, failures, bench, seconds, FOLDER)
        print(f"written: {FOLDER / 'RESULTS.md'}")
    for name, why in failures.items():
        print(f"bench: {name} FAILED: {why}", file=sys.stderr)
    if failures:
        return 1
    missed = any(verdict != "holds" for *_, verdict in checks(works))
    return 3 if args.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
