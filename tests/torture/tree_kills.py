#!/usr/bin/env python3
"""kill -9 of either side while `tug` replaces whole trees, both ways: after each of 1,000 kills the tree is the old or the new
one, after a retry it is the new one, and no temporary is left. Trees that are merged and synced are right after the retry."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from support.torture import TEMPORARY, Report, Tugd, scaled

FILES = 400


def make_tree(top, number):
    """Another one for each number: contents, names, links, and modes."""
    os.mkdir(top)
    for i in range(FILES):
        directory = os.path.join(top, str(i % 20))
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, f"{i}-{number if i % 9 == 0 else ''}")
        with open(path, "wb") as f:
            f.write(b"%d %d\n" % (number, i) * (i % 50 * (40 if i % 10 == 0 else 1)))
        os.chmod(path, 0o600 | (number + i) % 2 * 0o44)
    os.symlink(f"to {number}", os.path.join(top, "link"))
    os.link(os.path.join(top, "1", "1-"), os.path.join(top, "second name"))
    os.chmod(os.path.join(top, "3"), 0o555)


def picture(top):
    """All that a tree has."""
    out = {}
    for where, directories, files in os.walk(top):
        for name in directories + files:
            path = os.path.join(where, name)
            st = os.lstat(path)
            content = os.readlink(path) if os.path.islink(path) else None
            if os.path.isfile(path) and content is None:
                with open(path, "rb") as f:
                    content = f.read()
            times = None if os.path.islink(path) else st.st_mtime_ns
            out[os.path.relpath(path, top)] = (st.st_mode, None if os.path.isdir(path) else st.st_nlink, times, content)
    return out


def left_over(*places):
    return [name for place in places for name in os.listdir(place) if name.startswith(TEMPORARY)]


class Way:
    """One of the commands, between a directory here and the root of a tugd."""

    def __init__(self, build, base, words, put):
        self.tug = os.path.join(build, "bin", "tug")
        self.base = base
        self.words = words
        self.whole = "--replace" in words  # old or new at every moment
        self.put = put

    def target(self, root):
        return os.path.join(root if self.put else self.base, "target")

    def start(self, tugd, source):
        words = [w.replace("SOURCE", source) for w in self.words]
        return subprocess.Popen([self.tug, "-q", "--unix", tugd.address.removeprefix("unix:"), *words],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    report = Report()
    kills, seen = scaled(1000, 8), 0
    base = tempfile.mkdtemp(prefix="tug-torture-")
    root = os.path.join(base, "root")
    os.mkdir(root)
    dice = random.Random(1)
    build = sys.argv[1]
    ways = [Way(build, base, ["put", "--retries=0", "--replace", f"{base}/SOURCE", ":"], True),
            Way(build, base, ["get", "--retries=0", "--replace", ":SOURCE", base], False),
            Way(build, base, ["sync", "--retries=0", "--delete", f"{base}/SOURCE", ":target"], True),
            Way(build, base, ["sync", "--retries=0", "--delete", ":SOURCE", f"{base}/target"], False)]
    try:
        for number in (0, 1):
            os.mkdir(os.path.join(base, f"tree{number}"))
            make_tree(os.path.join(base, f"tree{number}", "target"), number)
            subprocess.run(["cp", "-a", os.path.join(base, f"tree{number}"), root], check=True)
        pictures = [picture(os.path.join(base, f"tree{number}", "target")) for number in (0, 1)]
        for kill in range(kills):
            way, new = ways[kill % 4], kill // 4 % 2
            shutil.rmtree(way.target(root), ignore_errors=True)
            subprocess.run(["cp", "-a", os.path.join(base, f"tree{1 - new}", "target"), way.target(root)], check=True)
            seen += one_kill(way, root, f"tree{new}/target", pictures, new, dice, report, kill)
            base_left = left_over(base, root)
            report.check(not base_left, f"kill {kill}: left {base_left}")
    finally:
        subprocess.run(["chmod", "-R", "u+w", base], check=False)
        shutil.rmtree(base, ignore_errors=True)
    report.end(f"{kills} kills, {seen} temporaries seen after them")


def one_kill(way, root, source, pictures, new, dice, report, kill):
    """Kills one side of the way at any moment, looks, and tries again. How many temporaries there were meanwhile."""
    target = way.target(root)
    with Tugd(sys.argv[1], "--log-level", "off", root=root) as tugd:
        client = way.start(tugd, source)
        time.sleep(dice.random() * 0.06)  # the kill comes at any moment
        if dice.random() < 0.5:
            client.kill()
            client.wait()
        else:
            tugd.kill()
            client.wait()
    if way.whole:
        now = picture(target)
        report.check(now in pictures, f"kill {kill}: {way.words[0]} left a tree that is neither old nor new")
    seen = len(left_over(way.base, root))
    with Tugd(sys.argv[1], "--log-level", "off", root=root) as tugd:
        report.check(way.start(tugd, source).wait() == 0, f"kill {kill}: the retry failed")
    report.check(picture(target) == pictures[new], f"kill {kill}: wrong after the retry")
    return seen


if __name__ == "__main__":
    main()
