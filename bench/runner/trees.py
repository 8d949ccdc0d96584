"""Whole trees by `tug`, against rsync and its daemon, cp -r, and tar over ssh: all as a user starts them."""

import contextlib
import os

from host import check_same_tree, remove, run_timed
from results import RSYNC, TUG, Missing, Work, contest
from services import lacking, sshd, start_rsync
from transfers import make_small_files
from tugd import Tugd

CP, TAR = "cp -r", "tar over ssh"


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

    def tug(self, *words):
        host, port = self.tugd.address.rsplit(":", 1)
        flags = ["--key-file", self.tugd.keys, "-P", port]
        words = [w.replace("HOST:", f"{host}:") if isinstance(w, str) else w for w in words]
        return run_timed([self.bench.bin / "tug", *words[:1], *flags, *words[1:]])


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


def measure(bench, stack):
    with contextlib.ExitStack() as own:
        trees = Trees(bench, own, bench.tmpfs)

        def work(name, what):
            return Work(f"tree-{name}-tmpfs", "files", f"a tree of {bench.files:,} x 4 KiB, {what}, tmpfs", "s",
                        higher_is_better=False)
        yield contest(work("put", "put"), copies(trees, True), bench.rounds)
        yield contest(work("same", "again, nothing changed"), again(trees, 0), bench.rounds)
        yield contest(work("ten", "again, 10 changed"), again(trees, 10), bench.rounds)
        os.rename(trees.source, trees.there / "many")
        trees.source = trees.there / "many"
        yield contest(work("get", "get"), copies(trees, False), bench.rounds)
    remove(bench.tmpfs / "here")
    remove(bench.tmpfs / "there")
