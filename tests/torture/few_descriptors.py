#!/usr/bin/env python3
"""tugd may have 256 descriptors, and 1,000 clients connect and stay: it does not spin, those who are in are served, and within a
second of their leaving a new one is."""

import socket
import sys
import time

sys.dont_write_bytecode = True
from support.torture import (Gone, Refused, Report, Tugd, connect, cpu_seconds, descriptors, eventually, raise_open_files, scaled,
                             skip)

DESCRIPTORS = 256
MOST_CPU = 0.10
RECOVERY = 1.0


def connectors(address, count):
    """So many connections, also those that are never accepted: the queue of the listener ends long before."""
    out = []
    for _ in range(count):
        s = socket.socket()
        s.setblocking(False)
        host, port = address.rsplit(":", 1)
        s.connect_ex((host, int(port)))
        out.append(s)
    return out


def main():
    report = Report()
    clients, watched = scaled(1000, 400), max(2.0, scaled(100) / 10)
    if not raise_open_files(clients + 100):
        skip("too few descriptors are allowed here")
    limit = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", "--"]
    with Tugd(sys.argv[1], "--log-level", "off", tcp=True, wrapper=limit) as tugd:
        inside = tugd.connect()
        crowd = connectors(tugd.addresses[1], clients)
        report.check(eventually(lambda: descriptors(tugd.pid) > DESCRIPTORS * 3 // 4), "tugd does not come near its limit")
        began, busy = time.monotonic(), cpu_seconds(tugd.pid)
        pings = 0
        while time.monotonic() < began + watched:
            report.check(inside.ping(), "a client that is in gets no answer")
            try:
                inside.exec("true")
            except Refused as e:
                report.check(e.name == "busy", f"a command gets {e}")
            pings += 1
            time.sleep(0.1)
        share = (cpu_seconds(tugd.pid) - busy) / (time.monotonic() - began)
        report.check(share < MOST_CPU, f"{share:.0%} of a core are spent on nothing")
        for s in crowd:
            s.close()
        left = time.monotonic()
        served = False
        while not served and time.monotonic() < left + 10:
            try:
                with connect(tugd.addresses[1], 10) as s:
                    served = bool(s.recv(1))
            except (Gone, OSError):
                pass
        recovery = time.monotonic() - left
        report.check(served and recovery < RECOVERY, f"a new client is served after {recovery:.2f} s")
        result, _, _ = inside.exec("true")
        report.check(result["exit_code"] == 0, "no command runs afterwards")
        inside.close()
    report.end(f"{clients} clients, {DESCRIPTORS} descriptors: {share:.1%} of a core over {watched:.0f} s, {pings} pings from inside, "
               f"a new client was served after {recovery * 1000:.0f} ms")


if __name__ == "__main__":
    main()
