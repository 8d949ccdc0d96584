#!/usr/bin/env python3
"""`tug exec --on` over 200 real tugd, each a process of its own: every host answers once and under its name, also where each writes
much, some refuse and some hang; a put reads its file once; what tug needs of memory does not grow with what the hosts write."""

import os
import resource
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from support.torture import Report, Tugd, scaled

MUCH = 4 << 20  # bytes that each host writes in one go
MOST_MEMORY = 512  # MiB of tug: what is kept of outputs (64), as strings that grow, and a window for each connection


class Crowd:
    def __init__(self, build, size):
        self.tug = os.path.join(build, "bin", "tug")
        self.hosts = [Tugd(build) for _ in range(size)]
        for number, host in enumerate(self.hosts):
            with open(os.path.join(host.root, "name"), "w", encoding="ascii") as f:
                f.write(f"{number}\n")

    def run(self, command, *words, hosts=None):
        """`tug COMMAND --on` all of them; how it ended, how long it took and the most memory of it."""
        names = ",".join(host.address for host in hosts or self.hosts)
        began = time.monotonic()
        p = subprocess.Popen([self.tug, command, "--hosts-file", "-", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        out, err = p.communicate(names.encode())
        return p.returncode, out, err.decode(), time.monotonic() - began


def check_lines(report, what, out, hosts, expected):
    """Each host has written what it should, and every line bears its name."""
    got = {}
    for line in out.decode().splitlines():
        name, text = line.split(": ", 1)
        got.setdefault(name, []).append(text.strip())
    for number, host in enumerate(hosts):
        wanted = expected(number)
        found = got.pop(host.address, [])
        report.check(found == wanted, lambda: f"{what}: {host.address} has {found[:3]}, not {wanted[:3]}")
    report.check(not got, lambda: f"{what}: lines of {list(got)[:3]}")


def main():
    report = Report()
    size = scaled(200, 20)
    crowd = Crowd(sys.argv[1], size)
    hosts = crowd.hosts

    code, out, err, took = crowd.run("exec", "--", "cat", "name")
    report.check(code == 0, lambda: f"exec: {code} {err[-500:]}")
    check_lines(report, "exec", out, hosts, lambda n: [str(n)])

    _, _, _, slow = crowd.run("exec", "--", "sleep", "1")
    _, _, _, alone = crowd.run("exec", "--", "sleep", "1", hosts=hosts[:1])

    line = "x" * 63
    script = f"yes {line} | head -c {MUCH}"
    for way in ("--group", "--fold"):
        code, out, err, _ = crowd.run("exec", way, "--", "sh", "-c", script, hosts=hosts[:20])
        report.check(code == 0, lambda: f"{way}: {code} {err[-500:]}")
        lines = out.count(b"\n")
        report.check(lines in ((MUCH >> 6) * 20, MUCH >> 6) or way == "--fold", f"{way}: {lines} lines")
    some = "x" * 1023
    code, out, err, _ = crowd.run("exec", "--", "sh", "-c", f"yes {some} | head -c {1 << 20}")
    report.check(code == 0, lambda: f"all write: {code} {err[-500:]}")
    report.check(out.count(b"\n") == size << 10, lambda: f"all write: {len(out)} bytes")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10  # of the largest one that has ended: tug
    report.check(memory <= MOST_MEMORY, f"tug needed {memory} MiB")

    path = os.path.join(hosts[0].own, "sent")
    content = os.urandom(MUCH)
    with open(path, "wb") as f:
        f.write(content)
    code, _, err, put = crowd.run("put", "--no-durable", path, "/got")
    report.check(code == 0, lambda: f"put: {code} {err[-500:]}")
    for host in hosts:
        with open(os.path.join(host.root, "got"), "rb") as f:
            report.check(f.read() == content, f"put: {host.address} has something else")

    for host in hosts[:3]:
        host.process.kill()
        host.process.wait()
    code, out, err, _ = crowd.run("exec", "--", "cat", "name")
    report.check(code == 125, f"with dead hosts: {code}")
    report.check(f"{size - 3} succeeded, 3 failed" in err, lambda: f"with dead hosts: {err[-300:]}")
    check_lines(report, "with dead hosts", out, hosts, lambda n: [] if n < 3 else [str(n)])

    report.end(f"{size} hosts: a word from each in {took:.2f} s, sleep 1 in {slow:.2f} s (one host {alone:.2f} s), "
               f"{MUCH >> 20} MiB to each in {put:.2f} s, tug at most {memory} MiB")


if __name__ == "__main__":
    main()
