#!/usr/bin/env python3
"""Puts into file systems that are full (tmpfs, ext4) or over a quota (a group of btrfs): no_space, the old file whole, the temporary
gone, small files still stored, and the space is back."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from support import fuse_disk
from support.torture import Refused, Report, Tugd, scaled, skip, temporaries

SIZE = 24 << 20
QUOTA = 16 << 20
UNPRIVILEGED = 65534  # root is above reserved blocks


def command(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def image(work, size):
    path = os.path.join(work, "image")
    with open(path, "wb") as f:
        f.truncate(size)
    return path


@contextlib.contextmanager
def mounted(work, *argv):
    at = os.path.join(work, "mounted")
    os.makedirs(at, exist_ok=True)
    command("mount", *argv, at)
    try:
        yield at
    finally:
        command("umount", at)


@contextlib.contextmanager
def tmpfs(work):
    with mounted(work, "-t", "tmpfs", "-o", f"size={SIZE}", "none") as at:
        yield at


@contextlib.contextmanager
def ext4(work):
    path = image(work, SIZE)
    command("mkfs.ext4", "-q", "-F", "-J", "size=4", path)
    with mounted(work, "-o", "loop", path) as at:
        yield at


@contextlib.contextmanager
def ext4_inodes(work):
    """Full of files, not of bytes."""
    path = image(work, SIZE)
    command("mkfs.ext4", "-q", "-F", "-J", "size=4", "-N", "64", path)
    with mounted(work, "-o", "loop", path) as at:
        root = os.path.join(at, "root")
        os.mkdir(root)
        with contextlib.suppress(OSError):
            for n in range(1000):
                with open(os.path.join(at, f"filler{n}"), "wb"):
                    pass
        os.unlink(os.path.join(at, "filler0"))
        yield at


@contextlib.contextmanager
def btrfs_quota(work):
    path = image(work, 256 << 20)
    command("mkfs.btrfs", "-q", "-f", path)
    with mounted(work, "-o", "loop", path) as at:
        command("btrfs", "quota", "enable", at)
        root = os.path.join(at, "root")
        command("btrfs", "subvolume", "create", root)
        command("btrfs", "qgroup", "limit", str(QUOTA), root)
        yield at


PLACES = {"tmpfs": (tmpfs, "ENOSPC", []), "ext4": (ext4, "ENOSPC", ["mkfs.ext4"]),
          "ext4 without inodes": (ext4_inodes, "ENOSPC", ["mkfs.ext4"]),
          "btrfs with a quota": (btrfs_quota, "EDQUOT", ["mkfs.btrfs", "btrfs"])}


class Torture:
    def __init__(self):
        self.report = Report()
        self.refused = self.stored = 0

    def expect_no_space(self, what, errno, action):
        try:
            action()
            self.report.check(False, f"{what}: stored where there is no room")
        except Refused as e:
            self.refused += 1
            self.report.check(e.name == "no_space" and e.data.get("errno") in (errno, "ENOSPC"), f"{what}: {e} {e.data}")

    def clean(self, what, root, old):
        self.report.check(not temporaries(root), lambda: f"{what}: left {temporaries(root)}")
        with open(os.path.join(root, "old"), "rb") as f:
            self.report.check(f.read() == old, f"{what}: the old file has changed")

    def place(self, name, at, errno):
        root = os.path.join(at, "root")
        os.makedirs(root, exist_ok=True)
        os.chown(root, UNPRIVILEGED, UNPRIVILEGED)
        old, big = os.urandom(100_000), os.urandom(40 << 20)
        with Tugd(sys.argv[1], "--log-level", "off", root=root, user=UNPRIVILEGED) as tugd, tugd.connect() as client:
            client.put("old", old)
            if name == "ext4 without inodes":
                for n in range(scaled(20, 3)):
                    self.expect_no_space(f"{name}, file {n}", errno, lambda n=n: client.put(f"new{n}", b"x"))
                    self.expect_no_space(f"{name}, directory {n}", errno,
                                         lambda n=n: client.put(f"d{n}/f", b"x", make_parents=True))
            else:
                for n in range(scaled(20, 3)):
                    for durable in (True, False):
                        what = f"{name}, put {n}, durable {durable}"
                        for path in ("old", "new", "dir/new"):
                            self.expect_no_space(what, errno, lambda path=path, durable=durable: client.put(
                                path, big, durable=durable, make_parents=True))
                            self.clean(what, root, old)
                self.several(name, tugd, root, big, old)
                client.put("small", b"fits")
                # What failed takes no room: more than half of all is free again.
                client.put("half", big[:QUOTA // 2])
                self.stored += 2
            self.clean(name, root, old)
            self.report.check(client.ping() and client.exec("true")[0]["exit_code"] == 0, f"{name}: does not go on")

    def several(self, name, tugd, root, big, old):
        """Four that would fit, each alone: those who are told so are there, whole; the others are not there at all."""
        part = big[:QUOTA // 3]
        outcome = {}

        def put(number):
            with tugd.connect() as client:
                try:
                    client.put(f"part{number}", part)
                    outcome[number] = "stored"
                except Refused as e:
                    outcome[number] = e.name

        threads = [threading.Thread(target=put, args=(n,)) for n in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for number, how in outcome.items():
            path = os.path.join(root, f"part{number}")
            self.report.check(how in ("stored", "no_space"), f"{name}: part {number} is {how}")
            self.report.check(os.path.exists(path) == (how == "stored"), f"{name}: part {number} is {how}, and its file")
            if os.path.exists(path):
                self.stored += 1
                with open(path, "rb") as f:
                    self.report.check(f.read() == part, f"{name}: part {number} is torn")
                os.unlink(path)
            else:
                self.refused += 1
        self.report.check(len(outcome) == 8, f"{name}: {outcome}")
        self.clean(name, root, old)


def main():
    if os.geteuid() != 0:
        skip("mounting needs root")
    try:
        fuse_disk.own_mounts()
    except OSError as e:
        skip(f"no mounts of one's own here: {e}")
    torture, work, done = Torture(), tempfile.mkdtemp(prefix="tug-torture-"), []
    os.chmod(work, 0o755)
    try:
        for name, (make, errno, tools) in PLACES.items():
            missing = [tool for tool in tools if not shutil.which(tool)]
            if missing:
                print(f"skipped: {name}, for want of {' '.join(missing)}")
                continue
            try:
                with make(work) as at:
                    torture.place(name, at, errno)
                done.append(name)
            except subprocess.CalledProcessError as e:
                print(f"skipped: {name}: {e.stderr.decode().strip()}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not done:
        skip("no file system could be mounted")
    torture.report.end(f"{', '.join(done)}: {torture.refused} puts without room, {torture.stored} with")


if __name__ == "__main__":
    main()
