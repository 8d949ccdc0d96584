#!/usr/bin/env python3
"""Clients that vanish without a word, as a host does that loses its power or its network: the connection is given up, its command
killed, its put gone, after 30 s, whether something is to be sent to it or not.

tugd and its clients are in a network of their own (a network namespace), whose one link is then cut."""

import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from support.fuse_disk import LIBC, system_call
from support.torture import Client, Report, Tugd, children_of, descriptors, eventually, scaled, skip, temporaries

CLONE_NEWNET = 0x40000000
# TCP_USER_TIMEOUT, which also bounds the keepalive probes, and some seconds for a busy machine.
MOST = 45


def main():
    if scaled(10) < 5:
        skip("this takes a minute whatever the scale")
    if os.geteuid() != 0:
        skip("a network of one's own needs root")
    try:
        system_call(LIBC.unshare(CLONE_NEWNET))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        skip(f"no network of one's own: {e}")
    report = Report()
    with Tugd(sys.argv[1], "--log-level", "off", tcp=True) as tugd, tugd.connect() as near:
        near.ping()
        at_rest = descriptors(tugd.pid)
        talking, idle, putting = (Client(tugd.addresses[1]) for _ in range(3))
        number = talking.call("exec", {"argv": ["sh", "-c", "while :; do echo talks; sleep 0.2; done"]})
        while (number, "stdout") not in talking.output:
            talking.step()
        quiet = idle.call("exec", {"argv": ["sleep", "1234"]})
        half = putting.call("put", {"path": "half"})
        putting.notify("rpc.data", {"call": half, "stream": "data"}, b"x" * 100_000)
        report.check(eventually(lambda: len(children_of(tugd.pid)) == 2), "the commands do not run")
        subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
        cut = time.monotonic()
        first = eventually(lambda: len(children_of(tugd.pid)) < 2, MOST)
        talked = time.monotonic() - cut
        report.check(first, f"a command still talks to a client that is gone after {talked:.0f} s")
        report.check(near.ping(), "others are not served")
        both = eventually(lambda: not children_of(tugd.pid), max(5, MOST - talked))
        idled = time.monotonic() - cut
        report.check(both, f"the command of a silent client lives after {idled:.0f} s")
        gone = eventually(lambda: descriptors(tugd.pid) <= at_rest, max(5, MOST - idled))
        report.check(gone, lambda: f"{descriptors(tugd.pid) - at_rest} descriptors more")
        report.check(not temporaries(tugd.root) and not os.listdir(tugd.root), lambda: f"left {os.listdir(tugd.root)}")
        report.check(near.ping(), "no ping afterwards")
        del quiet
    report.end(f"cut off: a talking command ended after {talked:.0f} s, a silent one after {idled:.0f} s, {time.monotonic() - cut:.0f} s "
               "until nothing of them was left")


if __name__ == "__main__":
    main()
