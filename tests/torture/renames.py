#!/usr/bin/env python3
"""A user with rights inside the root exchanges every component of every path with a symlink to the outside, or with a directory
outside, as fast as he can for a minute, while clients put and get: nothing outside is ever read or made, with openat2 and with the
walk that takes its place where the kernel has none."""

import ctypes
import multiprocessing
import os
import random
import shutil
import struct
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from support.torture import Refused, Report, Tugd, eventually, scaled

SECONDS = 60
EXPECTED = {"not_found", "path_denied", "not_a_regular_file", "is_directory", "already_exists", "busy", "io_error",
            "permission_denied"}
LIBC = ctypes.CDLL(None, use_errno=True)
RENAME_EXCHANGE = 2
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
OPENAT2, ENOSYS = 437, 38


def without_openat2():
    """For this process and what it becomes there is no openat2, as on an old kernel (or under an old seccomp profile)."""
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, OPENAT2), (0x06, 0, 0, 0x00050000 | ENOSYS), (0x06, 0, 0, 0x7fff0000)]
    program = b"".join(struct.pack("<HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(program)
    fprog = struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(buffer))
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, fprog, 0, 0):
        os._exit(99)


def exchange(pairs, over, swaps, seed):
    """One attacker: exchanges pairs at random until it is over."""
    dice = random.Random(seed)
    while not over.is_set():
        count = 0
        for _ in range(200):
            (a, a_name), (b, b_name) = dice.choice(pairs)
            if LIBC.renameat2(a, a_name, b, b_name, RENAME_EXCHANGE) == 0:
                count += 1
        with swaps.get_lock():
            swaps.value += count


def place(directory, name):
    """An entry of that very directory, whatever name it has by now."""
    return os.open(directory, os.O_PATH | os.O_DIRECTORY), name.encode()


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def tree(top):
    """Every path below, with the content of files."""
    found = {}
    for where, directories, names in os.walk(top):
        for name in directories + names:
            path = os.path.join(where, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as f:
                    found[os.path.relpath(path, top)] = f.read()
            else:
                found[os.path.relpath(path, top)] = None
    return found


class Symlinks:
    """Each component of a/b/c/f has a twin that is a symlink to its like outside."""

    name = "symlinks"

    def __init__(self, base):
        self.root, self.outside = os.path.join(base, "root"), os.path.join(base, "outside")
        write(f"{self.root}/a/b/c/f", b"inside")
        for path in ("a/b/c/f", "b/c/f", "c/f", "f"):
            write(f"{self.outside}/{path}", b"outside")
        self.pairs = []
        for path, up in (("a", ".."), ("a/b", "../.."), ("a/b/c", "../../.."), ("a/b/c/f", "../../../..")):
            for kind, target in (("absolute", f"{self.outside}/{path}"), ("relative", f"{up}/outside/{path}")):
                # The twins stand beside the first component, so that no exchange loses them.
                twin = f"{self.root}/{kind}-{path.replace('/', '-')}"
                os.symlink(target, twin)
                self.pairs.append((place(*os.path.split(f"{self.root}/{path}")), place(*os.path.split(twin))))
        os.mkfifo(f"{self.root}/fifo")
        self.pairs.append((place(f"{self.root}/a/b/c", "f"), place(self.root, "fifo")))
        self.before = tree(self.outside)

    def gets(self):
        return ["a/b/c/f", "/a/b/c/f", "a/b/../b/c/f", "a/./b/c/../c/f", "absolute-a/b/c/f", "relative-a-b/c/f", "a/b/c/../../b/c/f"]

    def puts(self):
        return ["a/b/c/new", "a/b/new", "a/b/c/d/e/new", "relative-a/b/c/new", "a/b/../b/c/f2"]

    def wrong(self):
        """What has changed outside."""
        now = tree(self.outside)
        return {path for path in now.keys() | self.before.keys() if now.get(path, 0) != self.before.get(path, 0)}


class Moves:
    """Directories are exchanged with such outside; below them stand symlinks and texts that climb. Each name is there at any moment,
    and where a path climbs further than the root is deep, the root is its end."""

    name = "moves"

    def __init__(self, base):
        self.root, self.outside = os.path.join(base, "root"), os.path.join(base, "outside")
        for top in (f"{self.root}/a/b", f"{self.outside}/b"):
            write(f"{top}/c/here", b"inside")
            os.symlink("../../../../../../f", f"{top}/c/up")
        write(f"{self.root}/f", b"inside")
        for path in (f"{self.outside}/f", f"{base}/f"):
            write(path, b"outside")
        self.pairs = [(place(f"{self.root}/a", "b"), place(self.outside, "b"))]
        self.base = base

    def gets(self):
        return ["a/b/c/up", "a/b/c/../../../f", "a/b/../../f"]

    def puts(self):
        return ["a/b/c/../../../new", "a/b/../../new"]

    def wrong(self):
        return {path for path in (f"{self.outside}/new", f"{self.base}/new") if os.path.exists(path)}


class Client(threading.Thread):
    def __init__(self, tugd, scene, report, over, seed):
        super().__init__()
        self.tugd, self.scene, self.report, self.over, self.dice = tugd, scene, report, over, random.Random(seed)
        self.good = self.stored = self.refused = 0

    def run(self):
        with self.tugd.connect() as client:
            while not self.over.is_set():
                for path in self.scene.gets():
                    self.attempt(path, lambda path=path: self.get(client, path))
                for path in self.scene.puts():
                    self.attempt(path, lambda path=path: self.put(client, path))

    def attempt(self, path, action):
        try:
            action()
        except Refused as e:
            self.refused += 1
            self.report.check(e.name in EXPECTED, f"{path}: {e}")
            self.report.check("tug-torture" not in str(e) and "outside" not in str(e), f"{path}: {e} names a path of the host")

    def get(self, client, path):
        content = client.get(path)
        self.good += 1
        self.report.check(content.startswith(b"inside"), f"get {path}: {content}")

    def put(self, client, path):
        client.put(path, b"inside, put", durable=False, make_parents=self.dice.random() < 0.5)
        self.stored += 1


def scene_for(make, wrapper, seconds, report):
    base = tempfile.mkdtemp(prefix="tug-torture-renames-")
    try:
        scene = make(base)
        over, swaps = multiprocessing.Event(), multiprocessing.Value("l", 0)
        with Tugd(sys.argv[1], "--log-level", "off", root=scene.root, preexec=wrapper) as tugd:
            attackers = [multiprocessing.Process(target=exchange, args=(scene.pairs, over, swaps, n)) for n in range(2)]
            clients = [Client(tugd, scene, report, over, n) for n in range(3)]
            for one in attackers + clients:
                one.start()
            time.sleep(seconds)
            enough = eventually(lambda: swaps.value > 0 and any(c.good for c in clients) and any(c.stored for c in clients))
            over.set()
            for one in attackers + clients:
                one.join()
            report.check(tugd.connect().ping(), "no ping afterwards")
        what = f"{make.name}, {'walk' if wrapper else 'openat2'}"
        wrong = scene.wrong()
        report.check(not wrong, f"{what}: changed outside: {wrong}")
        good, stored = sum(c.good for c in clients), sum(c.stored for c in clients)
        report.check(enough, f"{what}: not even so much got through: {swaps.value} swaps, {good} gets, {stored} puts")
        print(f"  {what}: {swaps.value} exchanges, {good} gets, {stored} puts, {sum(c.refused for c in clients)} refused")
        return swaps.value, good + stored
    finally:
        shutil.rmtree(base, ignore_errors=True)


def main():
    report, seconds = Report(), scaled(SECONDS * 1000, 2000) / 4000
    swaps = calls = 0
    for wrapper in (None, without_openat2):
        for scene in (Symlinks, Moves):
            done = scene_for(scene, wrapper, seconds, report)
            swaps, calls = swaps + done[0], calls + done[1]
    report.end(f"{seconds * 4:.0f} s: {swaps} exchanges, {calls} gets and puts got through, both resolvers")


if __name__ == "__main__":
    main()
