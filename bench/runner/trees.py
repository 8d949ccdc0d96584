"""Whole trees by `tug`, against rsync and its daemon, cp -r, tar over ssh, and find: all as a user starts them."""

import contextlib
import copy
import os
import subprocess

from host import BenchError, Daemon, check_same_tree, remove, run_timed
from results import FIND, RSYNC, TUG, Missing, Work, contest
from services import lacking, sshd, start_rsync
from transfers import make_small_files
from tugd import Tugd

CP, TAR = "cp -r", "tar over ssh"
ENTRIES = 100_000
TRIP_MS = 50


class Trees:
    """A tree of small files on both sides, and what serves them."""

    def __init__(self, bench, stack, directory):
        self.bench = bench
        self.here = directory / "here"
        self.there = directory / "there"
        self.here.mkdir()
        self.there.mkdir()
        self.source = self.here / "many"
        make_small_files(self.source, bench.files)
        self.tugd = stack.enter_context(Tugd(bench, self.there))
        self.rsync = lacking("rsync")
        if not isinstance(self.rsync, Missing):
            daemon, self.rsync = start_rsync(bench, self.there)
            stack.enter_context(daemon)
        self.ssh = sshd(bench, stack)

    def argv(self, *words):
        host, port = self.tugd.address.rsplit(":", 1)
        flags = ["--key-file", self.tugd.keys, "-P", port]
        words = [w.replace("HOST:", f"{host}:") if isinstance(w, str) else w for w in words]
        return [self.bench.bin / "tug", *words[:1], *flags, *words[1:]]

    def tug(self, *words):
        return run_timed(self.argv(*words))

    def far(self, stack):
        """The same over a long link."""
        out = copy.copy(self)

        def delayed(port):
            return stack.enter_context(Daemon([self.bench.bin / "bench-delay-proxy", port, TRIP_MS / 2])).port()
        out.tugd = copy.copy(self.tugd)
        out.tugd.address = f"127.0.0.1:{delayed(int(self.tugd.address.rsplit(':', 1)[1]))}"
        if not isinstance(self.rsync, Missing):
            port = int(self.rsync.split(":")[2].split("/")[0])
            out.rsync = self.rsync.replace(str(port), str(delayed(port)))
        if not isinstance(self.ssh, Missing):
            out.ssh = copy.copy(self.ssh)
            out.ssh.port = delayed(self.ssh.port)
        return out


def fresh(trees, put, transfer):
    """Into an absent directory; checked, then removed."""
    target = (trees.there if put else trees.here) / "copy"

    def once():
        seconds = transfer(target)
        check_same_tree(trees.source, target)
        remove(target)
        return seconds
    return once


def copies(trees, put):
    source = trees.source if put else trees.there / "many"

    def tug(target):
        return trees.tug("put", source, "HOST:copy") if put else trees.tug("get", "HOST:many/.", target)

    def rsync(target):
        ends = [f"{source}/", f"{trees.rsync}/copy/"] if put else [f"{trees.rsync}/many/", f"{target}/"]
        return run_timed(["rsync", "-rW", *ends])

    def tar(target):
        pack, unpack = f"tar -C {source} -cf - .", f"mkdir {target} && tar -C {target} -xf -"
        ssh = " ".join(str(word) for word in trees.ssh.ssh())
        return run_timed(["sh", "-c", f"{pack} | {ssh} '{unpack}'" if put else f"{ssh} '{pack}' | ({unpack})"])

    def unless(missing, transfer):
        return missing if isinstance(missing, Missing) else fresh(trees, put, transfer)
    return {TUG: fresh(trees, put, tug), RSYNC: unless(trees.rsync, rsync), TAR: unless(trees.ssh, tar),
            CP: fresh(trees, put, lambda target: run_timed(["cp", "-r", source, target]))}


def without_cp(contestants):
    return {name: once for name, once in contestants.items() if name != CP}


def again(trees, changed):
    """Over a copy that is there: nothing has changed, or some files have."""
    def touch():
        for i in range(changed):
            (trees.source / str(i * 7)).write_bytes(os.urandom(4096))

    def tug():
        touch()
        return trees.tug("sync", trees.source, "HOST:same")

    def rsync():
        touch()
        return run_timed(["rsync", "-rt", f"{trees.source}/", f"{trees.rsync}/rsynced/"])

    once = {TUG: tug, RSYNC: trees.rsync if isinstance(trees.rsync, Missing) else rsync}
    for name, first in once.items():
        if not isinstance(first, Missing):
            first()
    return once


def listing(trees):
    """Every entry below a directory, with size, mode, time and owner, through a pipe."""
    top = trees.there / "entries"
    for i in range(0, ENTRIES, 1000):
        (top / str(i)).mkdir(parents=True)
        for name in range(999):
            (top / str(i) / f"file {name}").touch()

    def piped(argv, within):
        def once():
            return run_timed(["sh", "-c", 'cd "$0" && "$@" | tail -n 1 >/dev/null', within, *argv])
        return once
    return {TUG: piped(trees.argv("find", "HOST:entries", "--json"), trees.here),
            FIND: piped(["find", "entries", "-printf", r"%p %y %s %m %T@ %U %G %u %g %n %l\n"], trees.there)}


def growth(trees, bench):
    """MiB that a fresh tugd, or the largest tug, takes more at all of these than a tugd and a tug that do nothing."""
    def peak_of(argv):
        child = subprocess.Popen([str(word) for word in argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status:
            raise BenchError(f"{argv[1]} ended with {status}")
        return usage.ru_maxrss

    def kib(pid, name):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith(name)).split()[1])

    def once():
        with Tugd(bench, trees.there) as tugd:
            own = copy.copy(trees)
            own.tugd = tugd
            idle = peak_of(own.argv("ls", "HOST:"))
            start = kib(tugd.pid, "VmRSS")
            many = trees.there / "many"
            most = max(peak_of(own.argv(*words)) for words in (
                ("get", "HOST:many/.", trees.here / "grown"), ("put", many, "HOST:grown"), ("sync", many, "HOST:grown"),
                ("sync", "--replace", "HOST:many", trees.here / "grown"), ("find", "HOST:entries", "--json")))
            served = kib(tugd.pid, "VmHWM") - start
        remove(trees.here / "grown")
        remove(trees.there / "grown")
        return max(served, most - idle) / 1024, {"tugd": served / 1024, "tug": (most - idle) / 1024}
    return once


def measure(bench, stack):
    with contextlib.ExitStack() as own:
        trees = Trees(bench, own, bench.tmpfs)

        def work(name, what):
            return Work(f"tree-{name}", "files", f"a tree of {bench.files:,} x 4 KiB, {what}", "s",
                        higher_is_better=False)
        far = trees.far(own)
        trip = f"{TRIP_MS}ms"
        yield contest(work("put-tmpfs", "put, tmpfs"), copies(trees, True), bench.rounds)
        yield contest(work(f"put-{trip}", f"put, round trip {TRIP_MS} ms"), without_cp(copies(far, True)), bench.rounds)
        yield contest(work("same-tmpfs", "again, nothing changed, tmpfs"), again(trees, 0), bench.rounds)
        yield contest(work("ten-tmpfs", "again, 10 changed, tmpfs"), again(trees, 10), bench.rounds)
        os.rename(trees.source, trees.there / "many")
        trees.source = trees.there / "many"
        far.source = trees.source
        yield contest(work("get-tmpfs", "get, tmpfs"), copies(trees, False), bench.rounds)
        yield contest(work(f"get-{trip}", f"get, round trip {TRIP_MS} ms"), without_cp(copies(far, False)), bench.rounds)
        yield contest(Work("tree-list-tmpfs", "files", f"{ENTRIES:,} entries listed, tmpfs", "s", higher_is_better=False),
                      listing(trees), bench.rounds)
        yield contest(Work("tree-rss", "memory", "growth of tugd or tug, trees", "MiB", higher_is_better=False),
                      {TUG: growth(trees, bench)}, 1)
    remove(bench.tmpfs / "here")
    remove(bench.tmpfs / "there")
