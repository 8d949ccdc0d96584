"""What idle connections cost, and how much memory transfers take."""

from host import MIB, make_file, remove
from results import TUG, Work, contest
from tugd import Tugd


def idle_once(bench):
    def once():
        with Tugd(bench, bench.tmpfs) as tugd:
            got = tugd.bench("idle", "--connections", bench.idle, "--seconds", 10 if bench.full else 3)
        return got["kib_each"], got
    return once


def growth_once(bench):
    """MiB that a fresh tugd has grown at most during a put, a get and an output; each also by its own name."""
    def once():
        with Tugd(bench, bench.tmpfs) as tugd:
            size = bench.transfer_mib * MIB
            runs = {"put": tugd.bench("put", bench.tmpfs / "large", "copy"),
                    "get": tugd.bench("get", "copy", bench.tmpfs / "back"),
                    "output": tugd.bench("output", "--bytes", size)}
        remove(bench.tmpfs / "copy")
        remove(bench.tmpfs / "back")
        start = runs["put"]["rss_start_kib"]
        growth = {name: (run["rss_peak_kib"] - start) / 1024 for name, run in runs.items()}
        return max(growth.values()), growth
    return once


def measure(bench, _):
    yield contest(Work("idle", "memory", f"{bench.idle:,} idle connections, each", "KiB", higher_is_better=False),
                  {TUG: idle_once(bench)}, 1)
    make_file(bench.tmpfs / "large", bench.transfer_mib * MIB)
    work = Work("rss", "memory", f"growth of tugd, {bench.transfer_mib} MiB put, get, output", "MiB",
                higher_is_better=False)
    yield contest(work, {TUG: growth_once(bench)}, 1)
    remove(bench.tmpfs / "large")
