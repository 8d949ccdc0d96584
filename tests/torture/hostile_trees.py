#!/usr/bin/env python3
"""2,000 trees that no server sends, to `tug get` and `tug sync`, and one of a million entries: every one ends by itself, in success or
a named error; nothing outside of the place that was named is written, nothing there is setuid or a device, and no memory is taken."""

import json
import os
import random
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from support.torture import PATIENCE, Report, frame, scaled
from support.trees import record

HELLO = {"jsonrpc": "2.0", "method": "rpc.hello", "params": {
    "protocol": 1, "server": "hostile/1", "nonce": "ERERERERERERERERERERERERERERERERERERERERERE=", "auth": [], "binding": [],
    "limits": {"envelope": 65536, "body": 1048576, "window": 1048576, "in_flight": 8}}}
PATHS = ["a", "a/b", "a/b/c", "b", "link", "link/x", "kept", ".", "..", "../kept", "../outside/kept", "../../x", "/tmp/x", "a/../../kept",
         "a//b", "./a", "", "a/.", ".tug-0123456789abcdef.tmp", ".tug-0123456789abcdef.part", "n" * 256, "d/" * 1001 + "x", "\u0000",
         {"base64": "/w=="}, {"base64": "Li4va2VwdA=="}, {"base64": "?"}, 7, None]
TYPES = ["file", "directory", "symlink", "fifo", "socket", "block", "char", "door", None]
TARGETS = ["..", "../outside", "/", "/tmp", "a", "kept", ".", "", "x" * 5000, None]
SIZES = [0, 1, 5, -1, 1 << 30, 1 << 62, 1 << 64, "5"]
DIGESTS = ["xxh3-128:99aa06d3014798d86001c324468d497f", "xxh3-128:" + "0" * 32, "sha256:0", "", 7]  # the first is of no bytes
MODES = [0o644, 0o755, 0, 0o4755, 0o2755, 0o1777, -1, 1 << 31]
MOST_MEMORY = 64 << 10  # KiB of tug, all in all


def entry(dice):
    """Mostly what a tree may have, so that some of it is written before what is wrong comes."""
    head = {"path": dice.choice(PATHS[:5] if dice.random() < 0.6 else PATHS), "type": dice.choice(TYPES[:3] if dice.random() < 0.7 else TYPES)}
    body = b"x" * dice.choice([0, 1, 5, 70_000])
    if dice.random() < 0.8:
        head["size"] = len(body) if dice.random() < 0.7 else dice.choice(SIZES)
    if dice.random() < 0.8:
        head["mode"] = dice.choice(MODES[:2] if dice.random() < 0.7 else MODES)
    if head["type"] == "symlink" or dice.random() < 0.1:
        head["target"] = dice.choice(TARGETS)
    for name, chance, values in (("link", 0.15, PATHS), ("absent", 0.1, [True]), ("same", 0.1, [True]), ("changed", 0.05, [True]), ("delta", 0.2, [65536, 262144, 1, -1, 1 << 40]),
                                 ("uid", 0.05, [0, 65534]), ("mtime_ns", 0.3, [0, -1, 10**18, 1 << 70])):
        if dice.random() < chance:
            head[name] = dice.choice(values)
    if dice.random() < 0.05:
        head = {"offset": dice.choice([0, 1, 5, 1 << 62]), "passed_files": dice.choice(SIZES), "passed_bytes": dice.choice(SIZES)}
    if dice.random() < 0.1:
        head = {"offset": dice.choice([0, 1, 5, 70_000]), "digest": dice.choice(DIGESTS)}
    return record(head, body if head.get("type") != "directory" or dice.random() < 0.1 else b"")


def stream(dice):
    entries = [entry(dice) for _ in range(dice.randrange(1, 8))]
    if dice.random() < 0.5:
        entries.sort()
    data = b"".join(entries)
    if dice.random() < 0.1:
        data = data[:dice.randrange(len(data) + 1)]
    if dice.random() < 0.1:
        data += struct.pack(">II", dice.choice([0, 1, 1 << 20, (1 << 32) - 1]), dice.choice([0, 1, (1 << 32) - 1]))
    return data


def million():
    """Nothing that takes room on the disk, and then a way out."""
    for first in range(0, scaled(1_000_000, 20_000), 1000):
        yield b"".join(record({"path": f"{n:08}", "type": "fifo"}) for n in range(first, first + 1000))
    yield record({"path": "../kept", "type": "file", "size": 1}, b"x")


class Server(threading.Thread):
    """Answers tree.get with `self.data`; all else is a directory to it."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.path = os.path.join(work, "s")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.data = []

    def run(self):
        while True:
            client, _ = self.listener.accept()
            with client:
                try:
                    client.settimeout(PATIENCE)
                    client.sendall(frame(HELLO))
                    self.serve(client, client.makefile("rb"))
                except (OSError, EOFError, struct.error):
                    pass  # it has gone, as it may

    def serve(self, client, came):
        while True:
            envelope, body = struct.unpack(">II", came.read(8))
            said = json.loads(came.read(envelope))
            came.read(body)
            if "id" not in said:
                continue
            answer = {"jsonrpc": "2.0", "id": said["id"]}
            if said["method"] != "tree.get":
                client.sendall(frame(answer | {"error": {"code": -32007, "message": "no", "data": {"name": "is_directory"}}}))
                continue
            self.send_tree(client, came, said["id"])
            counts = dict.fromkeys(("files", "directories", "symlinks", "bytes", "unchanged", "removed", "skipped", "changed"), 0)
            client.sendall(frame(answer | {"result": counts | {"digest": "xxh3-128:" + "0" * 32}}))

    def send_tree(self, client, came, call):
        """As credit allows."""
        credit = HELLO["params"]["limits"]["window"]
        for data in self.data:
            for at in range(0, len(data), 65536):
                piece = data[at:at + 65536]
                while credit < len(piece):
                    envelope, body = struct.unpack(">II", came.read(8))
                    said = json.loads(came.read(envelope))
                    came.read(body)
                    if said.get("method") == "rpc.credit" and said["params"]["stream"] == "data":
                        credit += said["params"]["bytes"]
                    if said.get("method") in ("rpc.cancel", "rpc.stop"):
                        return
                credit -= len(piece)
                client.sendall(frame({"jsonrpc": "2.0", "method": "rpc.data", "params": {"call": call, "stream": "data"}}, piece))
        client.sendall(frame({"jsonrpc": "2.0", "method": "rpc.data", "params": {"call": call, "stream": "data", "eof": True}}))


class Torture:
    def __init__(self, build, work):
        self.tug, self.work, self.report, self.endings = os.path.join(build, "bin", "tug"), work, Report(), {}
        self.server = Server(work)
        self.server.start()
        self.most = 0

    def one(self, data, words, what):
        self.server.data = data
        place, outside = os.path.join(self.work, "place"), os.path.join(self.work, "outside")
        for top in (place, outside):
            os.makedirs(top)
            with open(os.path.join(top, "kept"), "wb") as f:
                f.write(b"kept")
        os.makedirs(os.path.join(place, "there", "a"))
        os.symlink("../../outside", os.path.join(place, "there", "link"))
        with open(os.path.join(place, "there", "b"), "wb") as f:
            f.write(b"b" * 100_000)  # for deltas
        argv = [self.tug, "--unix", self.server.path, *words]
        child = subprocess.Popen(argv, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            said = child.communicate(timeout=PATIENCE * 4)[1]
        except subprocess.TimeoutExpired:
            child.kill()
            said = child.communicate()[1] + "it did not end"
        code = child.returncode
        self.report.check(code in (0, 1) and (code == 0 or "tug: " in said), f"{what}: {code} {said[:300]}")
        last = said.splitlines()[-1] if said else ""
        self.endings[last.split(":")[1].strip()[:30] if code and last.count(":") else "success"] = True
        self.look(place, outside, what, words)
        for top in (place, outside):
            subprocess.run(["rm", "-rf", top], check=True)

    def look(self, place, outside, what, words):
        with open(os.path.join(outside, "kept"), "rb") as f:
            self.report.check(f.read() == b"kept" and os.listdir(outside) == ["kept"] and os.stat(outside).st_nlink == 2,
                              f"{what}: what is outside has changed")
        self.report.check(os.stat(os.path.join(outside, "kept")).st_nlink == 1, f"{what}: a file outside was linked")
        known = {"kept", "there", "new"}
        self.report.check(set(os.listdir(place)) <= known, f"{what}: {words} left {os.listdir(place)}")
        for where, directories, names in os.walk(place):
            for name in directories + names:
                st = os.lstat(os.path.join(where, name))
                good = stat.S_ISREG(st.st_mode) or stat.S_ISDIR(st.st_mode) or stat.S_ISLNK(st.st_mode)
                self.report.check(good and not st.st_mode & 0o7000, f"{what}: {name} is {st.st_mode:o}")
                self.report.check(not name.startswith(".tug-"), f"{what}: left {name}")


def main():
    count, dice = scaled(2000, 30), random.Random(3)
    work = tempfile.mkdtemp(prefix="tug-torture-")
    torture = Torture(sys.argv[1], work)
    ways = [["get", "--retries=0", ":x/.", "new"], ["get", "--retries=0", ":x/.", "there"], ["sync", "--retries=0", ":x", "there"],
            ["sync", "--retries=0", "--delete", ":x", "there"], ["sync", "--retries=0", "--replace", ":x", "there"],
            ["sync", "--retries=0", "--delta", ":x", "there"], ["sync", "--retries=0", "--delta", "--replace", ":x", "there"],
            ["sync", "--retries=0", "--owner", ":x", "new"]]
    try:
        for number in range(count):
            torture.one([stream(dice)], ways[number % len(ways)], f"tree {number}")
        before = resource_peak()
        for way in (ways[0], ways[3]):
            torture.one(million(), way, "a million entries")
        peak = resource_peak()
        torture.report.check(peak <= MOST_MEMORY, f"a tug took {peak} KiB, {before} before the million")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    torture.report.end(f"{count} hostile trees, {len(torture.endings)} endings, {peak >> 10} MiB at most")


def resource_peak():
    """KiB of the largest child so far."""
    import resource
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


if __name__ == "__main__":
    main()
