#!/usr/bin/env python3
"""256 jobs at once, and 4,096 that are kept: the next is `busy`, each ends and is told of, a listing has them all, and when they
are gone tugd has as many descriptors, threads and children as before, and little more memory."""

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from support.torture import Refused, Report, Tugd, cpu_seconds, descriptors, eventually, kilobytes, scaled

RUNNING = scaled(256, 32)
KEPT = scaled(4096, 256)
STARTERS = 4
MOST_GROWTH = 24 * 1024  # KiB of resident memory; what tugd knows of 4,096 jobs is less than half of it


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        mine = f.read().split()
    for thread in os.listdir(f"/proc/{pid}/task"):
        if thread != str(pid):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as f:
                mine += f.read().split()
    return mine


def start(tugd, names):
    with tugd.connect() as client:
        for name in names:
            client.ask("job.start", {"job": name, "argv": ["sh", "-c", "read x; exit 9"], "stdin": True,
                                     "keep_bytes": 65536})


def in_parts(names, work):
    threads = [threading.Thread(target=work, args=(names[n::STARTERS],)) for n in range(STARTERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def listed(client):
    began = time.monotonic()
    number = client.call("job.list")
    result = client.wait(number)
    took = time.monotonic() - began
    lines = client.output.pop((number, "jobs"), b"").splitlines()
    return len(lines), result["jobs"], took, sum(b'"state":"lost"' in line for line in lines)


class Ending(Tugd):
    """Its jobs end with it, also where something went wrong."""

    def __exit__(self, *what):
        with contextlib.suppress(OSError, Refused), self.connect() as client:
            for n in range(RUNNING):
                with contextlib.suppress(Refused):
                    client.ask("job.cancel", {"job": f"job-{n}"})
        return super().__exit__(*what)


def main():
    report = Report()
    state = tempfile.TemporaryDirectory(prefix="tug-torture-state-")
    jobs = os.path.join(state.name, "s", "jobs", "no-key")
    with state, Ending(sys.argv[1], "--log-level", "off", "--state-dir", os.path.join(state.name, "s"), "--max-jobs",
                     str(RUNNING), "--max-kept-jobs", str(KEPT)) as tugd, tugd.connect() as client:
        start(tugd, ["first"])  # from here on a holder is kept ready, too
        client.ask("job.cancel", {"job": "first"})
        client.ask("job.remove", {"job": "first"})
        before = kilobytes(tugd.pid, "VmRSS"), descriptors(tugd.pid), len(os.listdir(f"/proc/{tugd.pid}/task"))

        names = [f"job-{n}" for n in range(RUNNING)]
        began = time.monotonic()
        in_parts(names, lambda some: start(tugd, some))
        started = time.monotonic() - began
        report.check(listed(client)[0] == RUNNING, "not all are listed")
        try:
            start(tugd, ["too-many"])
            report.check(False, "one more than allowed was started")
        except Refused as e:
            report.check(e.name == "busy", f"one too many is {e}")
        for name in names:
            number = client.call("job.attach", {"job": name, "stdin": True})
            client.write(number, "stdin", b"go\n")
            report.check(client.wait(number)["exit_code"] == 9, f"{name} ended in another way")

        # The directory is the truth: copies of a job that has ended are jobs.
        for n in range(RUNNING, KEPT):
            shutil.copytree(os.path.join(jobs, names[0]), os.path.join(jobs, ".copy"), ignore=lambda *_: ["socket"])
            os.rename(os.path.join(jobs, ".copy"), os.path.join(jobs, f"job-{n}"))  # a part of one is a job that is lost
        first = listed(client)
        used = cpu_seconds(tugd.pid)
        looks = [listed(client) for _ in range(10)]
        used = (cpu_seconds(tugd.pid) - used) / len(looks)
        second = min(looks, key=lambda look: look[2])
        report.check(first[3] == 0, f"{first[3]} are taken for lost")
        report.check(first[:2] == (KEPT, KEPT) and second[:2] == (KEPT, KEPT), f"{first} and {second} of {KEPT} are listed")
        try:
            start(tugd, ["too-many"])
            report.check(False, "one more than may be kept was started")
        except Refused as e:
            report.check(e.name == "busy", f"one too many is {e}")

        in_parts([f"job-{n}" for n in range(KEPT)], lambda some: remove(tugd, some))
        report.check(listed(client)[0] == 0, "some are left")
        report.check(not os.listdir(jobs), lambda: f"left: {os.listdir(jobs)[:3]}")
        # tug-watch, tug-fork, and the holder that is kept ready
        report.check(eventually(lambda: len(children(tugd.pid)) <= 3), lambda: f"children are left: {children(tugd.pid)}")
        after = kilobytes(tugd.pid, "VmRSS"), descriptors(tugd.pid), len(os.listdir(f"/proc/{tugd.pid}/task"))
        report.check(after[0] - before[0] < MOST_GROWTH, f"memory grew from {before[0]} to {after[0]} KiB")
        report.check(after[1] <= before[1] + 2, f"descriptors grew from {before[1]} to {after[1]}")
        figures = (f"{RUNNING} jobs at once, started in {started * 1000 / RUNNING:.1f} ms each; {KEPT} kept, listed in "
                   f"{first[2] * 1000:.0f} ms and again in {second[2] * 1000:.0f} ms, {used * 1000:.0f} ms of them CPU of tugd; {after[0] - before[0]} KiB more")
    report.end(figures)


def remove(tugd, names):
    with tugd.connect() as client:
        for name in names:
            client.ask("job.remove", {"job": name})


if __name__ == "__main__":
    main()
