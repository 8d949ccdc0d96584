#!/usr/bin/env python3
"""2,000 connections that trickle their login byte by byte, and 200 that say nothing at all: everybody who has the key gets in
meanwhile, and quickly."""

import selectors
import sys
import threading
import time

sys.dont_write_bytecode = True
from support.torture import (Client, Gone, Key, Refused, Report, Tugd, connect, cpu_seconds, eventually, frame, raise_open_files, scaled, skip,
                             status_of)

ROUND = 0.05  # seconds between two bytes of one trickler
# Who was thrown out comes again, but no faster than this: with 256 places each has a quarter of a second for its login.
COMERS = 50  # of a round
LONGEST_LOGIN = 2.0
PAUSE = 0.02  # so that the crowd goes on meanwhile


class Crowd(threading.Thread):
    """Keeps that many connections in their opening; those that are thrown out come again."""

    def __init__(self, address, trickling, silent):
        super().__init__()
        self.address, self.wanted = address, trickling + silent
        self.trickling = trickling
        self.over = threading.Event()
        self.there = threading.Event()
        self.came = self.thrown_out = 0
        self.login = frame({"jsonrpc": "2.0", "id": 1, "method": "rpc.authenticate", "params": Key("k1").login(b"x")})

    def run(self):
        poll = selectors.DefaultSelector()
        while not self.over.is_set():
            began, comers = time.monotonic(), 0
            while len(poll.get_map()) < self.wanted and comers < COMERS:
                try:
                    s = connect(self.address, 5)
                except OSError:
                    self.thrown_out += 1
                    break
                s.setblocking(False)
                poll.register(s, selectors.EVENT_READ, [0, self.came % self.wanted < self.trickling])
                self.came += 1
                comers += 1
            if self.came >= self.wanted:
                self.there.set()
            self.trickle(poll)
            for key, _ in poll.select(0):
                self.read(poll, key.fileobj)
            self.over.wait(max(0, ROUND - (time.monotonic() - began)))
        for key in list(poll.get_map().values()):
            key.fileobj.close()

    def trickle(self, poll):
        for key in list(poll.get_map().values()):
            if not key.data[1] or key.data[0] >= len(self.login) - 1:
                continue
            try:
                key.fileobj.send(self.login[key.data[0]:key.data[0] + 1])
                key.data[0] += 1
            except BlockingIOError:
                pass
            except OSError:
                self.drop(poll, key.fileobj)

    def read(self, poll, s):
        try:
            if not s.recv(65536):
                self.drop(poll, s)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(poll, s)

    def drop(self, poll, s):
        poll.unregister(s)
        s.close()
        self.thrown_out += 1


def besieged(report, key, trickling, silent, logins, *arguments):
    """The figures of one tugd in the middle of that crowd."""
    with Tugd(sys.argv[1], "--log-level", "off", *arguments, tcp=True, key=key) as tugd:
        crowd = Crowd(tugd.addresses[1], trickling, silent)
        crowd.start()
        crowd.there.wait()
        slowest, began = 0.0, cpu_seconds(tugd.pid)
        for number in range(logins):
            start = time.monotonic()
            try:
                with Client(tugd.addresses[number % 2], key) as client:
                    report.check(client.ping(), f"login {number}: no ping")
                slowest = max(slowest, time.monotonic() - start)
            except (Gone, Refused, OSError) as e:
                report.check(False, f"login {number}: {e!r}")
            time.sleep(PAUSE)
        busy = cpu_seconds(tugd.pid) - began
        crowd.over.set()
        crowd.join()
        report.check(slowest < LONGEST_LOGIN, f"a login took {slowest:.2f} s")
        report.check(eventually(lambda: tugd.connect(key).ping()), "no login afterwards")
        return (f"{crowd.came} came and {crowd.thrown_out} were thrown out, {logins} logins, the slowest {slowest * 1000:.0f} ms, "
                f"{busy:.1f} s of CPU, {status_of(tugd.pid, 'VmHWM')}")


def main():
    report, key = Report(), Key()
    trickling, silent, logins = scaled(2000, 300), scaled(200, 30), scaled(500, 20)
    if not raise_open_files(trickling + silent + 100):
        skip("too few descriptors are allowed here")
    # As it is, most of them are thrown out by those who come after them; then where all of them may stay for their 10 s.
    crowded = besieged(report, key, trickling, silent, logins)
    roomy = besieged(report, key, trickling, silent, logins, "--max-unauthenticated", "10000")
    report.end(f"{trickling} tricklers and {silent} silent ones: {crowded}; all within the limit: {roomy}")


if __name__ == "__main__":
    main()
