"""The start of a job against exec of the same, and a look at all that a job has kept against a get of the same bytes."""

import os
import shutil
import statistics
import time

from host import BOTH_CORES, MIB, SERVER_CORE, BenchError, run
from results import DISK_JOBS, DURABLE, EXEC, READ, TUG, Work, contest
from tugd import Tugd

KEPT = 4096


def p50(tugd, work, count):
    def once():
        got = tugd.bench(work, "--count", count)
        return got["p50_us"], got
    return once


def durable(tugd, directory, count):
    """An exec, and the three syncs after which a name survives a power cut: of a file, of its directory, of the one above."""
    def synced(fd):
        began = time.perf_counter()
        os.fsync(fd)
        os.close(fd)
        return time.perf_counter() - began

    def syncs(name):
        os.mkdir(directory / ".new")
        file = os.open(directory / ".new" / "request", os.O_WRONLY | os.O_CREAT)
        os.write(file, bytes(300))
        took = synced(file) + synced(os.open(directory / ".new", os.O_RDONLY))
        os.rename(directory / ".new", directory / name)
        return took + synced(os.open(directory, os.O_RDONLY))

    def once():
        got = tugd.bench("exec", "--count", count)
        directory.mkdir()
        took = statistics.median(syncs(str(n)) for n in range(count))
        shutil.rmtree(directory)
        return got["p50_us"] + took * 1e6, None
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
    def keeping(state, core=SERVER_CORE):
        return stack.enter_context(
            Tugd(bench, bench.tmpfs, flags=("--state-dir", state, "--max-kept-jobs", 2 * KEPT), core=core))

    count = max(40, bench.commands // 5)
    # The holder of a job is a process beside tugd: with one core for both it is told how much work that is in all, and
    # with the cores that a host has, how long a caller waits.
    wide, on_disk = keeping(bench.tmpfs / "wide", BOTH_CORES), keeping(bench.disk / "wide", BOTH_CORES)
    yield contest(Work("job-start", "jobs", "start of a job, p50", "µs", higher_is_better=False), {
        TUG: p50(wide, "jobs", count), DISK_JOBS: p50(on_disk, "jobs", count), EXEC: p50(wide, "exec", count),
        DURABLE: durable(wide, bench.disk / "syncs", count)}, bench.rounds)

    in_memory = keeping(bench.tmpfs / "state")
    yield contest(Work("job-start-core", "jobs", "start of a job, p50, one core", "µs", higher_is_better=False), {
        TUG: p50(in_memory, "jobs", count), EXEC: p50(in_memory, "exec", count)}, bench.rounds)

    yield contest(Work("job-list", "jobs", f"{KEPT} jobs that are kept, listed", "ms", higher_is_better=False), {
        TUG: kept_jobs(bench, in_memory, bench.tmpfs / "state" / "jobs" / "key-bench")}, bench.rounds)

    size = bench.transfer_mib * MIB
    start_job(bench, in_memory, "large", "head", "-c", size, "/dev/urandom")
    yield contest(Work("job-attach", "jobs", f"a job that has kept {bench.transfer_mib} MiB", "MiB/s"), {
        TUG: rate(in_memory, "attach", "large"), READ: rate(in_memory, "read", "state/jobs/key-bench/large/stdout")},
        bench.rounds)
