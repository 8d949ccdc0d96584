"""The start of a job against exec of the same, and a look at all that a job has kept against a get of the same bytes."""

import os
import shutil

from host import MIB, BenchError, run
from results import DISK_JOBS, EXEC, READ, TUG, Work, contest
from tugd import Tugd

KEPT = 4096


def p50(tugd, work, count):
    def once():
        got = tugd.bench(work, "--count", count)
        return got["p50_us"], got
    return once


def rate(tugd, *words):
    def once():
        got = tugd.bench(*words)
        return got["rate"], got
    return once


def kept_jobs(bench, tugd, jobs):
    """Copies of a job that has ended are jobs, too: the directory is the truth."""
    start_job(bench, tugd, "kept-0", "/bin/true")
    for n in range(1, KEPT):
        shutil.copytree(jobs / "kept-0", jobs / ".copy", ignore=lambda *_: ["socket"])
        os.rename(jobs / ".copy", jobs / f"kept-{n}")  # a part of one would be a job that is lost

    def once():
        got = tugd.bench("job-list", "--times", 5)
        if got["jobs"] != KEPT:
            raise BenchError(f"{got['jobs']} jobs of {KEPT} are listed")
        return got["p50_us"] / 1000, got
    return once


def start_job(bench, tugd, name, *words):
    there = {**os.environ, "TUG_ADDRESS": tugd.address, "TUG_KEY_FILE": str(tugd.keys)}
    run([bench.bin / "tug", "job", "start", "--name", name, "--keep-bytes", 2 * bench.transfer_mib * MIB, "--", *words], env=there)
    run([bench.bin / "tug", "job", "wait", name], env=there)


def measure(bench, stack):
    def keeping(state):
        return stack.enter_context(Tugd(bench, bench.tmpfs, flags=("--state-dir", state, "--max-kept-jobs", 2 * KEPT)))

    in_memory, on_disk = keeping(bench.tmpfs / "state"), keeping(bench.disk / "state")
    count = max(20, bench.commands // 5)
    yield contest(Work("job-start", "jobs", "start of a job, p50", "µs", higher_is_better=False), {
        TUG: p50(in_memory, "jobs", count), DISK_JOBS: p50(on_disk, "jobs", count),
        EXEC: p50(in_memory, "exec", count)}, bench.rounds)

    yield contest(Work("job-list", "jobs", f"{KEPT} jobs that are kept, listed", "ms", higher_is_better=False), {
        TUG: kept_jobs(bench, in_memory, bench.tmpfs / "state" / "jobs" / "key-bench")}, bench.rounds)

    size = bench.transfer_mib * MIB
    start_job(bench, in_memory, "large", "head", "-c", size, "/dev/urandom")
    yield contest(Work("job-attach", "jobs", f"a job that has kept {bench.transfer_mib} MiB", "MiB/s"), {
        TUG: rate(in_memory, "attach", "large"), READ: rate(in_memory, "read", "state/jobs/key-bench/large/stdout")},
        bench.rounds)
