#!/usr/bin/env python3
"""A user with rights inside the root exchanges every component of every path with a symlink to the outside, or with a directory
outside, as fast as he can for a minute, while clients put and get files and put, get, list, copy and remove trees: nothing outside is
ever read, made or removed, with openat2 and with the walk that takes its place where the kernel has none."""

import contextlib
import ctypes
import multiprocessing
import os
import random
import shutil
import stat
import struct
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from support.torture import Refused, Report, Tugd, eventually, scaled
from support.trees import get_tree, list_tree, put_tree

SECONDS = 60
EXPECTED = {"not_found", "path_denied", "not_a_regular_file", "is_directory", "already_exists", "busy", "io_error",
            "permission_denied", "precondition_failed"}
LIBC = ctypes.CDLL(None, use_errno=True)
RENAME_EXCHANGE = 2
MARK = "only-outside"
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


def is_directory(name, at):
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


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


class Scene:
    """What the attackers do, and the clients beside their gets and puts."""

    def attack(self, over, swaps, seed):
        exchange(self.pairs, over, swaps, seed)

    def gets(self):
        return []

    def puts(self):
        return []

    def more(self, _):
        """What a client does with trees: a name, and the call, which gives the files that it read, or nothing."""
        return []


class Symlinks(Scene):
    """Each component of a/b/c/f has a twin that is a symlink to its like outside."""

    name = "symlinks"

    def __init__(self, base):
        self.root, self.outside = os.path.join(base, "root"), os.path.join(base, "outside")
        write(f"{self.root}/a/b/c/f", b"inside")
        for path in ("a/b/c/f", "b/c/f", "c/f", "f", *(f"{top}{MARK}" for top in ("", "a/", "a/b/", "a/b/c/"))):
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

    def more(self, client):
        files = {"d/f": b"inside", "g": b"inside"}
        return [("put a tree", lambda: put_tree(client, "a/b/t", files, durable=False)),
                ("replace a tree", lambda: put_tree(client, "a/b/t", files, mode="replace", durable=False)),
                ("get a tree", lambda: get_tree(client, "a/b")), ("list", lambda: list_tree(client, "a")),
                ("copy", lambda: client.ask("file.copy", {"from": "a/b/c/f", "to": "a/b/copy", "durable": False})),
                ("remove", lambda: client.ask("file.remove", {"path": "a/b/t", "recursive": True}))]

    def wrong(self):
        """What has changed outside."""
        now = tree(self.outside)
        return {path for path in now.keys() | self.before.keys() if now.get(path, 0) != self.before.get(path, 0)}


class Trees(Scene):
    """A tree that is put, read, copied and removed all the time; each directory in it is made again where it is gone, and exchanged
    with a symlink to its like outside."""

    name = "trees"
    directories = ("t", "t/d", "t/d/e")

    def __init__(self, base):
        self.root, self.outside = os.path.join(base, "root"), os.path.join(base, "outside")
        os.mkdir(self.root)
        for path in self.directories:
            for name in ("f", MARK):
                write(f"{self.outside}/{path}/{name}", b"outside")
        self.before = tree(self.outside)

    def attack(self, over, swaps, seed):
        dice, root = random.Random(seed), os.open(self.root, os.O_PATH | os.O_DIRECTORY)
        while not over.is_set():
            count = 0
            for _ in range(200):
                with contextlib.suppress(OSError):
                    count += self.swap(root, seed, dice.choice(self.directories), dice.random() < 0.5)
            with swaps.get_lock():
                swaps.value += count

    def swap(self, root, seed, path, absolute):
        """By descriptors: this one is to be caught neither."""
        names = path.split("/")
        at = os.dup(root)
        try:
            for name in names[:-1]:
                deeper = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                os.close(at)
                at = deeper
            with contextlib.suppress(FileExistsError):
                os.mkdir(names[-1], dir_fd=at)
            twin = f"twin-{seed}-{len(names)}"
            target = f"{self.outside}/{path}" if absolute else f"{'../' * len(names)}outside/{path}"
            if is_directory(twin, root) and is_directory(names[-1], at):
                shutil.rmtree(os.path.join(self.root, twin), ignore_errors=True)
            with contextlib.suppress(FileExistsError):
                os.symlink(target, twin, dir_fd=root)
            return LIBC.renameat2(root, twin.encode(), at, names[-1].encode(), RENAME_EXCHANGE) == 0
        finally:
            os.close(at)

    def more(self, client):
        files = {"d/e/f": b"inside", "d/g": b"inside", "f": b"inside"}

        def ask(method, **params):
            return lambda: client.ask(method, params)
        return [("put", lambda: put_tree(client, "t", files, durable=False)),
                ("get", lambda: get_tree(client, "t")), ("list", lambda: list_tree(client, ".")),
                ("copy", ask("file.copy", **{"from": "t/d/e/f", "to": "t/d/copy", "durable": False})),
                ("replace", lambda: put_tree(client, "t", files, mode="replace", durable=False)),
                ("delete", lambda: put_tree(client, "t/d", {"e/n": b"inside"}, delete=True, durable=False)),
                ("remove", ask("file.remove", path="t/d", recursive=True)),
                ("rename", ask("file.rename", **{"from": "t/f", "to": "t/d/f"})),
                ("mkdir", ask("file.mkdir", path="t/d/e/n", parents=True)),
                ("link", ask("file.link", **{"from": "t/d/g", "to": "t/d/e/l"})),
                ("set", ask("file.set", path="t/d/e", mode=0o755)),
                ("remove all", ask("file.remove", path="t", recursive=True))]

    def wrong(self):
        now = tree(self.outside)
        return {path for path in now.keys() | self.before.keys() if now.get(path, 0) != self.before.get(path, 0)}


class Moves(Scene):
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
                for what, action in self.scene.more(client):
                    self.attempt(what, lambda what=what, action=action: self.tree(what, action()))

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

    def tree(self, what, found):
        """Of a tree that was read: no name and no content from outside."""
        if isinstance(found, list):
            self.good += 1
            self.report.check(not any(MARK in str(entry.get("path")) for entry in found), f"{what}: listed what is outside")
        elif "files" not in found and any(isinstance(content, bytes) for content in found.values()):
            self.good += 1
            wrong = {path for path, content in found.items() if content and not content.startswith(b"inside") or MARK in path}
            self.report.check(not wrong, lambda: f"{what}: got {wrong}")
        else:
            self.stored += 1

    def put(self, client, path):
        client.put(path, b"inside, put", durable=False, make_parents=self.dice.random() < 0.5)
        self.stored += 1


def scene_for(make, wrapper, seconds, report):
    base = tempfile.mkdtemp(prefix="tug-torture-renames-")
    try:
        scene = make(base)
        over, swaps = multiprocessing.Event(), multiprocessing.Value("l", 0)
        with Tugd(sys.argv[1], "--log-level", "off", root=scene.root, preexec=wrapper) as tugd:
            attackers = [multiprocessing.Process(target=scene.attack, args=(over, swaps, n)) for n in range(2)]
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
    report, seconds = Report(), scaled(SECONDS * 1000, 3000) / 6000
    swaps = calls = 0
    for wrapper in (None, without_openat2):
        for scene in (Symlinks, Moves, Trees):
            done = scene_for(scene, wrapper, seconds, report)
            swaps, calls = swaps + done[0], calls + done[1]
    report.end(f"{seconds * 6:.0f} s: {swaps} exchanges, {calls} calls got through, both resolvers")


if __name__ == "__main__":
    main()
