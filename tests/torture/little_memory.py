#!/usr/bin/env python3
"""tugd gets no more memory (RLIMIT_DATA, a little over what it has) while many clients ask for much at once: requests and connections
are refused by name, what it answered is true, and with memory it serves as before. Where it has to end it says so in one line and leaves
neither a command nor half a file.

Not RLIMIT_AS, which counts the address space of each thread's heap: there is room in them for all of this."""

import os
import random
import resource
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
from support.torture import (Client, Gone, Refused, Report, Tugd, children_of, descriptors, eventually, kilobytes, scaled,
                             status_of, temporaries)

CLIENTS, ROUNDS = 24, 12
ALLOWANCES = (0, 64 << 10, 512 << 10, 2 << 20, 8 << 20, 24 << 20)  # bytes over what it has
NAMES = {"busy", "internal_error", "io_error", "exec_failed", "no_space", "permission_denied"}
CONTENT = random.Random(5).randbytes(700_000)


class Asker(threading.Thread):
    """Some calls at once on one connection, and what came of them."""

    def __init__(self, address, number, counts, report):
        super().__init__()
        self.address, self.number, self.counts, self.report = address, number, counts, report

    def run(self):
        try:
            with Client(self.address, timeout=30) as client:
                self.ask(client)
        except (Gone, OSError, ValueError) as e:
            self.count("HANGS" if isinstance(e, socket.timeout) else "connection lost")
        except Refused as e:
            self.count(e.name)

    def ask(self, client):
        for what in (self.get, self.put, self.exec, self.ping):
            try:
                what(client)
                self.count("right")
            except Refused as e:
                self.count(e.name)
                self.report.check(e.name in NAMES, f"{what.__name__}: {e}")

    def get(self, client):
        calls = [client.call("get", {"path": "big", "digest": "sha256"}) for _ in range(4)]
        for call in calls:
            client.wait(call)
            self.report.check(bytes(client.output.pop((call, "data"))) == CONTENT, "a get brought something else")

    def put(self, client):
        client.put(f"put{self.number}", CONTENT, durable=False)

    def exec(self, client):
        result, out, _ = client.exec("cat", "big")
        # Where cat itself found no memory, it says so.
        self.report.check(result.get("exit_code") != 0 or out == CONTENT, "a command's output is not whole")

    def ping(self, client):
        payload = "p" * 60_000
        self.report.check(client.ask("rpc.ping", {"payload": payload}) == payload, "a ping brought something else")

    def count(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1


def settle(pid):
    """Waits until no thread has come for a moment."""
    threads, since = "", time.monotonic()
    while time.monotonic() < since + 0.2:
        if status_of(pid, "Threads") != threads:
            threads, since = status_of(pid, "Threads"), time.monotonic()
        time.sleep(0.01)


def crowd(tugd, counts, report):
    askers = [Asker(tugd.address, n, counts, report) for n in range(CLIENTS)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()


LAST_WORDS = "tugd: ended: no memory was left for what had begun"


def check_healthy(tugd, report, at_rest):
    """With memory again it serves as before, and nothing was left behind."""
    resource.prlimit(tugd.pid, resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    report.check(eventually(lambda: serves(tugd)), "with memory again it refuses a ping")
    after = {}
    crowd(tugd, after, report)
    report.check(after == {"right": CLIENTS * 4}, f"with memory again: {after}")
    report.check(not temporaries(tugd.root), lambda: f"left {temporaries(tugd.root)}")
    report.check(eventually(lambda: not children_of(tugd.pid)), lambda: f"left {children_of(tugd.pid)}")
    report.check(eventually(lambda: descriptors(tugd.pid) <= at_rest + 1),
                 lambda: f"{descriptors(tugd.pid) - at_rest} descriptors more")
    log = tugd.log()
    code = tugd.stop()
    report.check(code == 0, lambda: f"tugd ends with {code}: {log}")


def serves(tugd):
    try:
        with tugd.connect() as client:
            return client.ping()
    except (Gone, Refused):
        return False


def starve(build, allowance, counts, report):
    """One crowd and one tugd; true where that had to end."""
    with Tugd(build, "--log-level", "error", "--grace", "1") as tugd:
        with open(os.path.join(tugd.root, "big"), "wb") as f:
            f.write(CONTENT)
        with tugd.connect() as client:
            client.exec("true")
        settle(tugd.pid)  # it listens a little before its last thread is there
        at_rest = descriptors(tugd.pid)
        most = (kilobytes(tugd.pid, "VmData") << 10) + allowance
        resource.prlimit(tugd.pid, resource.RLIMIT_DATA, (most, resource.RLIM_INFINITY))
        crowd(tugd, counts, report)
        report.check("HANGS" not in counts, f"{allowance} bytes over: no answer for 30 s: {counts}")
        if tugd.alive():
            check_healthy(tugd, report, at_rest)
            return False
        report.check(LAST_WORDS in tugd.log(), lambda: f"tugd has ended with {tugd.process.returncode}: {tugd.log()}")
        tugd.remove()
        return True


def main():
    report, counts, rounds, ended = Report(), {}, scaled(ROUNDS), 0
    for _ in range(rounds):
        for allowance in ALLOWANCES:
            ended += starve(sys.argv[1], allowance, counts, report)
    report.check(counts.keys() - {"right"}, f"there was memory for all of it: {counts}")
    named = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    report.end(f"{rounds * len(ALLOWANCES)} crowds of {CLIENTS} clients without memory: {named}; tugd ended {ended} times")


if __name__ == "__main__":
    main()
