#!/usr/bin/env python3
"""The disk is full at every page and every file that a tree or a resumed file needs, both ways: no_space, the old tree or file whole
where that is promised, no temporary; with room again a retry makes it right."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from support import fuse_disk
from support.torture import Report, Tugd, scaled, skip
from support.trees import left_over, make_tree, picture

FILES = 60
LARGE = 4 << 20
PAGE = 4096
ROOM = "size=64m,nr_inodes=10000"
STRIDE = max(1, 250 // scaled(1000))


def look(path):
    if os.path.isfile(path):
        with open(path, "rb") as f:
            return f.read()
    return picture(path)


class Torture:
    """`disk` is a tmpfs with what is written to: the root of a tugd, or the place of `tug get`."""

    def __init__(self, build, work):
        self.build, self.work = build, work
        self.tug = os.path.join(build, "bin", "tug")
        self.disk, self.other = os.path.join(work, "disk"), os.path.join(work, "other")
        self.report, self.full, self.fits = Report(), 0, 0
        for path in (self.disk, self.other):
            os.mkdir(path)
        for number in (0, 1):
            make_tree(os.path.join(self.other, f"tree{number}"), number, FILES)
            with open(os.path.join(self.other, f"file{number}"), "wb") as f:
                f.write(bytes([number]) * LARGE)
        self.mount("mount", "-t", "tmpfs", "-o", ROOM, "none", self.disk)
        self.target = os.path.join(self.disk, "target")

    @staticmethod
    def mount(*argv):
        subprocess.run(argv, check=True)

    def remount(self, options):
        self.mount("mount", "-o", "remount," + options, self.disk)

    def used(self):
        st = os.statvfs(self.disk)
        return st.f_blocks - st.f_bfree, st.f_files - st.f_ffree

    def run(self, tugd, put, words, source):
        here, there = (f"{self.other}/{source}", ":target") if put else (f":{source}", self.target)
        argv = [self.tug, "--json", "--unix", tugd.address.removeprefix("unix:"), words[0], "--retries=0", *words[1:], here, there]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    def prepare(self, old):
        subprocess.run(["rm", "-rf", self.target], check=True)
        if old:
            subprocess.run(["cp", "-a", os.path.join(self.other, old), self.target], check=True)

    def way(self, put, words, whole, kind, old=True):
        """One command with less and less room, down to none."""
        before = look(os.path.join(self.other, f"{kind}0")) if old else None
        after = look(os.path.join(self.other, f"{kind}1"))
        name = f"{' '.join(words)} {'up' if put else 'down'}, {kind}{'' if old else ', new'}"
        with Tugd(self.build, "--log-level", "off", root=self.disk if put else self.other) as tugd:
            for limit in ("size", "nr_inodes"):
                room = -STRIDE
                while room is not None:
                    self.prepare(f"{kind}0" if old else None)
                    pages, inodes = self.used()
                    room += max(STRIDE, room // 20)
                    self.remount(f"size={max(pages + room, 1) * PAGE}" if limit == "size" else f"nr_inodes={inodes + room}")
                    done = self.run(tugd, put, words, f"{kind}1")
                    if done.returncode == 0:
                        self.fits += 1
                        room = None
                    else:
                        self.refused(done, f"{name}, {room} more of {limit}", whole, before)
                    self.remount(ROOM)
                    done = self.run(tugd, put, words, f"{kind}1")
                    self.report.check(done.returncode == 0, lambda done=done: f"{name}: the retry: {done.stderr}")
                    self.report.check(look(self.target) == after, f"{name}: wrong after the retry")
                    self.report.check(not left_over(self.disk), lambda: f"{name}: left {left_over(self.disk)}")

    def refused(self, done, what, whole, before):
        self.full += 1
        try:
            name = json.loads(done.stdout or done.stderr)["error"]["name"]
        except (ValueError, KeyError, TypeError):
            name = done.stderr
        self.report.check("no_space" in name or "ENOSPC" in done.stdout + done.stderr, f"{what}: {done.returncode} {name}")
        if whole:
            self.report.check(look(self.target) == before, f"{what}: the old one has changed")
        left = left_over(self.disk)
        self.report.check(not left, f"{what}: left {left}")


def main():
    if os.geteuid() != 0:
        skip("mounting needs root")
    try:
        fuse_disk.own_mounts()
    except OSError as e:
        skip(f"no mounts of one's own here: {e}")
    work = tempfile.mkdtemp(prefix="tug-torture-")
    torture = None
    try:
        torture = Torture(sys.argv[1], work)
        for put in (True, False):
            torture.way(put, ["sync", "--replace"], True, "tree")
            torture.way(put, ["sync", "--delete"], False, "tree")
            torture.way(put, ["sync"], True, "tree", old=False)
        torture.way(True, ["put"], True, "file")
        torture.way(False, ["get"], True, "file")
    except subprocess.CalledProcessError as e:
        skip(f"no tmpfs here: {e}")
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            if torture:
                subprocess.run(["umount", torture.disk], check=True)
        subprocess.run(["chmod", "-R", "u+w", work], check=False)
        shutil.rmtree(work, ignore_errors=True)
    torture.report.end(f"{torture.full} times full, {torture.fits} times just enough")


if __name__ == "__main__":
    main()
