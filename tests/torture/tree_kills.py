#!/usr/bin/env python3
"""Trees and large files that are cut off at 1,000 random bytes, both ways: the connection ends there, or either side is killed.
Where it promises so the target is what it was or the whole new one; a retry makes it right in content, modes, times and links; and
nothing is left but what waits to be gone on with."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from support.cut import Cut
from support.torture import Report, Tugd, eventually, scaled
from support.trees import left_over, make_tree, picture

BIG = 9 << 20  # of a file that is gone on with
PUT, GET = True, False


class Way:
    """One of the commands, between a directory here and the root of a tugd. SOURCE and TARGET stand for their paths."""

    def __init__(self, put, command, whole, fresh=False, file=False):
        self.put, self.whole, self.fresh, self.file = put, whole, fresh, file
        here, there = ("SOURCE", ":TARGET") if put else (":SOURCE", "TARGET")
        self.words = [*command.split(), here, there]
        self.name = f"{command} {'up' if put else 'down'}{', new' if fresh else ''}{', a file' if file else ''}"
        self.bytes = None  # that pass where nothing cuts it off

    def start(self, torture, over, source):
        base, root = torture.base, torture.root
        paths = {"SOURCE": f"{base}/{source}", ":SOURCE": f":{source}", "TARGET": f"{base}/target", ":TARGET": ":target"}
        words = [paths.get(word, word) for word in self.words]
        return subprocess.Popen([torture.tug, "-q", "--unix", over, words[0], "--retries=0", *words[1:]],
                                cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def target(self, torture):
        return os.path.join(torture.root if self.put else torture.base, "target")


WAYS = [Way(way, *rest) for rest in (("sync --replace", True), ("sync --delete", False), ("sync -c --delete", False),
                                     ("sync --replace -c", True), ("sync", True, True), ("sync --delta --delete", False),
                                     ("sync --delta --replace", True)) for way in (PUT, GET)]
WAYS += [Way(way, command, True, False, True) for command in ("put", "get") for way in (command == "put",)]


def torn_files(now, old, new):
    """Files that have neither the old content nor the new."""
    def content(of, path):
        return of[path][2] if len(of.get(path, ())) == 4 else None
    return [path for path in now if content(now, path) not in (content(old, path), content(new, path))]


class Torture:
    def __init__(self, build, base):
        self.build, self.base, self.tug = build, base, os.path.join(build, "bin", "tug")
        self.root = os.path.join(base, "root")
        self.report, self.dice = Report(), random.Random(1)
        self.acts, self.seen, self.resumed = dict.fromkeys(("connection", "tug", "tugd"), 0), 0, 0
        os.mkdir(self.root)
        for number in (0, 1):
            make_tree(os.path.join(base, f"tree{number}"), number)
            with open(os.path.join(base, f"file{number}"), "wb") as f:
                f.write(self.dice.randbytes(BIG))
            subprocess.run(["cp", "-a", f"{base}/tree{number}", f"{base}/file{number}", self.root], check=True)
        self.pictures = {name: self.look(os.path.join(base, name)) for name in ("tree0", "tree1", "file0", "file1")}
        self.tugd = None

    @staticmethod
    def look(path):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                return os.stat(path).st_mtime_ns, os.stat(path).st_mode, f.read()
        return picture(path)

    def served(self):
        if self.tugd is None:
            self.tugd = Tugd(self.build, "--log-level", "off", root=self.root)
        return self.tugd.address.removeprefix("unix:")

    def settle(self):
        """Until tugd has done with a connection that was cut, which may be in the middle of a batch: it is the only other one."""
        asked = [self.tug, "--unix", self.served(), "info", "--json"]
        alone = eventually(lambda: json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)["connections"]["used"] == 1)
        self.report.check(alone, "a connection that was cut is still there")

    def kill_tugd(self):
        self.tugd.kill()
        self.tugd = None

    def prepare(self, way, old):
        target = way.target(self)
        if os.path.isdir(target):
            subprocess.run(["rm", "-rf", target], check=True)
        elif os.path.exists(target):
            os.unlink(target)
        if not way.fresh:
            subprocess.run(["cp", "-a", os.path.join(self.base, old), target], check=True)

    def one(self, number):
        way, new = WAYS[number % len(WAYS)], number // len(WAYS) % 2
        kind = "file" if way.file else "tree"
        old, source = f"{kind}{1 - new}", f"{kind}{new}"
        if way.bytes is None:
            self.prepare(way, old)
            with Cut(self.served()) as through:
                self.check(way.start(self, through.path, source), way, number, "without a cut")
                way.bytes = through.passed
        self.prepare(way, old)
        self.cut(way, source, number)
        self.settle()
        self.seen += len(left_over(self.base, self.root))
        now = self.look(way.target(self))
        before = None if way.fresh else self.pictures[old]
        if way.whole:
            self.report.check(now in (before, self.pictures[source]), f"{number}: {way.name} left neither old nor new")
        else:
            torn = torn_files(now, before, self.pictures[source])
            self.report.check(not torn, lambda: f"{number}: {way.name} left half of {torn}")
        self.check(way.start(self, self.served(), source), way, number, "the retry")
        self.report.check(self.look(way.target(self)) == self.pictures[source], f"{number}: {way.name} is wrong after the retry")
        # The call that was cut off may still be removing what it had.
        gone = eventually(lambda: not left_over(self.base, self.root, parts=False))
        self.report.check(gone, lambda: f"{number}: {way.name} left {left_over(self.base, self.root)}")
        self.remove_parts()

    def cut(self, way, source, number):
        """Ends one of the three at a random byte."""
        what = self.dice.choice(list(self.acts))
        begun, client = threading.Event(), None

        def act():
            begun.wait()
            self.acts[what] += 1
            if what == "tugd":
                self.tugd.process.kill()
            if what == "tug":
                client.kill()
            return what == "connection"

        with Cut(self.served(), self.dice.randrange(max(way.bytes, 1)), act) as through:
            client = way.start(self, through.path, source)
            begun.set()
            said = client.communicate()[1].decode(errors="replace")
        if what == "tugd" and through.acted:
            self.kill_tugd()
        ended = client.returncode == 0 or what == "tug" or "connection_lost" in said or "connect" in said
        self.report.check(ended, f"{number}: {way.name}, {what} cut: {client.returncode} {said}")

    def check(self, client, way, number, what):
        said = client.communicate()[1].decode(errors="replace")
        self.report.check(client.returncode == 0, f"{number}: {way.name}: {what} failed: {said}")

    def remove_parts(self):
        """What a file was gone on with goes by itself; where another put held it a moment longer it stays, for a day."""
        for place in (self.base, self.root):
            for name in left_over(place):
                if name.endswith(".part"):
                    os.unlink(os.path.join(place, name))
                    self.resumed += 1


def main():
    cuts = scaled(1000, 24)
    base = tempfile.mkdtemp(prefix="tug-torture-")
    torture = Torture(sys.argv[1], base)
    try:
        for number in range(cuts):
            torture.one(number)
    finally:
        if torture.tugd:
            torture.tugd.stop()
        subprocess.run(["chmod", "-R", "u+w", base], check=False)
        shutil.rmtree(base, ignore_errors=True)
    acts = ", ".join(f"{count} of {what}" for what, count in torture.acts.items())
    torture.report.end(f"{cuts} cuts ({acts}), {torture.seen} temporaries seen after them, {torture.resumed} parts left for later")


if __name__ == "__main__":
    main()
