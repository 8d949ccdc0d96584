#!/usr/bin/env python3
"""The power goes while four clients put files and one replaces a tree: 200 times the disk is taken as a power cut would leave it
(fuse_disk.py), mounted, its journal replayed, and looked at. Every answered durable put is there, whole, with its new directories;
every other file is old or new and whole, and so is the tree."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from support import fuse_disk
from support.torture import TEMPORARY, Gone, Refused, Report, Tugd, scaled, skip, temporaries
from support.trees import put_tree

WRITERS = 4
DISK = 96 << 20
NEW_FILES = 2500
# Without auto_da_alloc ext4 does nothing for programs that forget to sync.
MOUNT = "noauto_da_alloc"


def version(number, largest=300_000):
    line = b"version %d\n" % number
    return line * (1 + (number * 7919) % largest // len(line))


class Writer(threading.Thread):
    """Puts version after version of one file, and files that are new, until it is told to stop."""

    def __init__(self, tugd, name):
        super().__init__()
        self.client, self.name = tugd.connect(), name
        self.started = self.answered = 0
        self.new_started = self.new_answered = 0
        self.stop = threading.Event()
        self.why = None

    def new_path(self, number):
        return f"{self.name}-new/{number // 10}/{number}"

    def run(self):
        try:
            while not self.stop.is_set():
                self.started += 1
                self.client.put(self.name, version(self.started))
                self.answered = self.started
                if self.new_started < NEW_FILES // WRITERS:
                    self.new_started += 1
                    self.client.put(self.new_path(self.new_started), version(self.new_started, 6000), make_parents=True)
                    self.new_answered = self.new_started
        except (Gone, Refused, OSError) as e:
            self.why = e


def tree_version(number):
    """A tree by its paths: each file says which version it is of, some of its names are in no other."""
    return {f"{n % 5}/{n}{'-%d' % number if n % 4 == 0 else ''}": version(number, 3000) for n in range(30)}


class TreeWriter(threading.Thread):
    """Replaces a tree by the next version of it."""

    def __init__(self, tugd):
        super().__init__()
        self.client = tugd.connect()
        self.started = self.answered = 0
        self.stop = threading.Event()
        self.why = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.started += 1
                put_tree(self.client, "tree", tree_version(self.started), mode="replace")
                self.answered = self.started
        except (Gone, Refused, OSError) as e:
            self.why = e


class Check:
    """Looks at what a power cut left."""

    def __init__(self, build, report, work):
        self.build, self.report = build, report
        self.image, self.mountpoint = os.path.join(work, "copy"), os.path.join(work, "cut")
        os.mkdir(self.mountpoint)
        self.files = self.trees = self.leftovers = 0

    def __call__(self, cut, image, promised, writers, tree_writer):
        """`promised`: what was answered before the cut, for each writer; what has begun is in the writers."""
        with open(self.image, "wb") as f:
            f.write(image)
        mounted = subprocess.run(["mount", "-o", "loop," + MOUNT, self.image, self.mountpoint], check=False, capture_output=True)
        if not self.report.check(mounted.returncode == 0, lambda: f"cut {cut}: no file system: {mounted.stderr}"):
            return
        try:
            self.tree(cut, promised.pop(), tree_writer.started)
            for writer, (answered, new_answered) in zip(writers, promised):
                self.file(cut, writer.name, version, answered, writer.started)
                for number in range(1, writer.new_started + 1):
                    self.file(cut, writer.new_path(number), lambda n: version(n, 6000),
                              number if number <= new_answered else 0, number)
            self.leftovers += len(temporaries(self.mountpoint))
            if cut % 20 == 0:
                self.next_put(cut)
        finally:
            subprocess.run(["umount", self.mountpoint], check=True)

    def file(self, cut, path, of, least, most):
        try:
            with open(os.path.join(self.mountpoint, path), "rb") as f:
                content = f.read()
        except FileNotFoundError:
            self.report.check(least == 0, f"cut {cut}: {path} was answered and is not there")
            return
        self.files += 1
        head = content[:30].split(b"\n")[0].split()
        number = int(head[1]) if len(head) == 2 else None
        whole = number is not None and content == of(number)
        self.report.check(whole, lambda: f"cut {cut}: {path} is torn: {len(content)} bytes, {content[:30]}")
        self.report.check(not whole or least <= number <= most, f"cut {cut}: {path} is {number}, {least} was answered")

    def tree(self, cut, least, most):
        top = os.path.join(self.mountpoint, "tree")
        if not os.path.isdir(top):
            self.report.check(least == 0, f"cut {cut}: a tree was answered and is not there")
            return
        found = {}
        for where, _, names in os.walk(top):
            for name in names:
                path = os.path.join(where, name)
                with open(path, "rb") as f:
                    found[os.path.relpath(path, top)] = f.read()
        self.trees += 1
        numbers = [n for n in range(least, most + 1) if n and found == tree_version(n)]
        self.report.check(numbers, lambda: f"cut {cut}: the tree is none of {least} to {most}: {sorted(found)[:3]}")

    def next_put(self, cut):
        """A tugd that starts there serves, and what the cut left goes with its next put."""
        with Tugd(self.build, "--log-level", "off", root=self.mountpoint) as tugd, tugd.connect() as client:
            client.put("next", b"one")
            put_tree(client, "next tree", {"a": b"one"})
            trees = [name for name in os.listdir(self.mountpoint) if name.startswith(TEMPORARY)]
            self.report.check(not trees, f"cut {cut}: {trees} outlived a tree")
            left = [path for path in temporaries(self.mountpoint) if os.path.dirname(path) == self.mountpoint]
            self.report.check(not left, f"cut {cut}: {left} outlived a put")


def made_disk(work):
    image = os.path.join(work, "image")
    with open(image, "wb") as f:
        f.truncate(DISK)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-J", "size=4", "-N", "8192", "-E", "lazy_itable_init=0,lazy_journal_init=0", image],
                   check=True)
    with open(image, "rb") as f:
        content = f.read()
    os.unlink(image)
    return content


def main():
    for tool in ("mkfs.ext4", "mount", "umount"):
        if not shutil.which(tool):
            skip(f"no {tool} here")
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse") or not os.path.exists("/dev/loop-control"):
        skip("needs root, /dev/fuse and loop devices")
    work = tempfile.mkdtemp(prefix="tug-torture-")
    report, dice = Report(), random.Random(2)
    try:
        fuse_disk.own_mounts()
        for name in ("fuse", "root"):
            os.mkdir(os.path.join(work, name))
        disk = fuse_disk.Disk(made_disk(work), os.path.join(work, "fuse"))
        subprocess.run(["mount", "-o", "loop," + MOUNT, disk.file, os.path.join(work, "root")], check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        shutil.rmtree(work, ignore_errors=True)
        skip(f"cannot mount here: {e}")
    try:
        run(report, dice, work, disk)
    finally:
        subprocess.run(["umount", os.path.join(work, "root")], check=False)
        disk.unmount()
        shutil.rmtree(work, ignore_errors=True)


def run(report, dice, work, disk):
    cuts, pending = scaled(200), 0
    check = Check(sys.argv[1], report, work)
    with Tugd(sys.argv[1], "--log-level", "off", root=os.path.join(work, "root")) as tugd:
        writers = [Writer(tugd, f"file{n}") for n in range(WRITERS)]
        trees = TreeWriter(tugd)
        for writer in (*writers, trees):
            writer.start()
        for cut in range(cuts):
            image, unflushed, promised = disk.power_cut(
                dice.randrange(1, 60), lambda: [*((w.answered, w.new_answered) for w in writers), trees.answered], dice)
            pending += unflushed
            check(cut, image, promised, writers, trees)
        for writer in (*writers, trees):
            writer.stop.set()
        for writer in (*writers, trees):
            writer.join()
            report.check(writer.why is None, lambda: f"a put failed: {writer.why!r}")
            writer.client.close()
    answers = sum(w.answered + w.new_answered for w in writers) + trees.answered
    report.end(f"{cuts} power cuts, {pending} writes in the air, {answers} answered puts, {disk.flushes} flushes, "
               f"{check.files} files and {check.trees} trees looked at, {check.leftovers} temporaries left by cuts")


if __name__ == "__main__":
    main()
