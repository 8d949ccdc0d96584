"""A large file of which a part has changed: what goes over the wire, both ways together, over the bytes that changed."""

import contextlib
import os
import shutil
import socket
import threading

from host import check_same, make_file, remove, run, MIB
from results import RSYNC, TUG, Missing, Work, contest
from services import lacking, start_rsync
from tugd import Tugd


CHANGED_RUNS = 10  # of a hundredth of the file in all


class CountingRelay:
    """Passes connections on to a port of this host, and counts the bytes."""

    def __init__(self, stack, port):
        self.target = port
        self.passed = 0
        self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):  # the listener was closed: the end
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(256 * 1024):
                self.passed += len(piece)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


def change(path):
    """A hundredth of it, in runs; how many bytes."""
    size = path.stat().st_size
    run_size = size // 100 // CHANGED_RUNS
    with open(path, "r+b") as file:
        for i in range(CHANGED_RUNS):
            file.seek(i * (size // CHANGED_RUNS) + 12_345)
            file.write(os.urandom(run_size))
    return run_size * CHANGED_RUNS


def append(path):
    with open(path, "ab") as file:
        file.write(os.urandom(MIB))
    return MIB


class Deltas:
    def __init__(self, bench, stack):
        self.bench = bench
        self.here, self.there = bench.tmpfs / "here", bench.tmpfs / "there"
        for directory in (self.here, self.there):
            (directory / "dir").mkdir(parents=True)
        stack.callback(remove, self.here)
        stack.callback(remove, self.there)
        make_file(self.here / "dir/image", bench.transfer_mib * MIB)
        for number in range(100):
            (self.here / f"dir/{number}").write_bytes(b"%d\n" % number)
        shutil.copytree(self.here / "dir", self.there / "dir", dirs_exist_ok=True)
        tugd = stack.enter_context(Tugd(bench, self.there))
        self.keys = tugd.keys
        self.tugd = CountingRelay(stack, int(tugd.address.rsplit(":", 1)[1]))
        self.rsync = lacking("rsync")
        if not isinstance(self.rsync, Missing):
            daemon, url = start_rsync(bench, self.there)
            stack.enter_context(daemon)
            port = int(url.split(":")[2].split("/")[0])
            self.rsync = CountingRelay(stack, port)

    def once(self, put, edit, relay, argv):
        """One side has changed, and the other one follows."""
        source, target = (self.here, self.there) if put else (self.there, self.here)

        def one():
            changed = edit(source / "dir/image")
            relay.passed = 0
            run(argv)
            check_same(source / "dir/image", target / "dir/image")
            return relay.passed / changed
        return one

    def tug(self, words, put, edit):
        flags = ["--key-file", self.keys, "-P", self.tugd.port]
        words = [str(w).replace("HOST:", "127.0.0.1:") for w in words]
        return self.once(put, edit, self.tugd, [self.bench.bin / "tug", words[0], *flags, *words[1:]])

    def rsynced(self, put, edit):
        if isinstance(self.rsync, Missing):
            return self.rsync
        ends = [self.here / "dir/image", f"rsync://127.0.0.1:{self.rsync.port}/bench/dir/"]
        return self.once(put, edit, self.rsync, ["rsync", "-t", *(ends if put else
                         [f"{ends[1]}image", self.here / "dir/"])])

    def rsynced_tree(self, put):
        if isinstance(self.rsync, Missing):
            return self.rsync
        ends = [f"{self.here}/dir/", f"rsync://127.0.0.1:{self.rsync.port}/bench/dir/"]
        return self.once(put, change, self.rsync, ["rsync", "-rt", "--modify-window=-1", *(ends if put else ends[::-1])])


def measure(bench, stack):
    with contextlib.ExitStack() as own:
        deltas = Deltas(bench, own)
        image = deltas.here / "dir/image"
        for edit, what in ((change, "1 % changed in place"), (append, "1 MiB appended")):
            for put in (True, False):
                way = "put" if put else "get"
                words = ["put", "--delta", image, "HOST:dir/image"] if put else ["get", "--delta", "HOST:dir/image", image]
                work = Work(f"delta-{way}-{edit.__name__}", "deltas",
                            f"{way} --delta, {bench.transfer_mib:,} MiB, {what}: bytes sent over bytes changed", "x",
                            higher_is_better=False)
                yield contest(work, {TUG: deltas.tug(words, put, edit), RSYNC: deltas.rsynced(put, edit)}, bench.rounds)
        yield from synced(bench, deltas)


def synced(bench, deltas):
    """The same file in a tree, of which nothing else has changed."""
    for put in (True, False):
        way = "put" if put else "get"
        ends = [deltas.here / "dir", "HOST:dir"]
        words = ["sync", "--delta", *(ends if put else ends[::-1])]
        work = Work(f"delta-sync-{way}", "deltas", f"sync --delta, {way}, a tree with a file of {bench.transfer_mib:,} MiB, 1 % changed "
                    "in place: bytes sent over bytes changed", "x", higher_is_better=False)
        yield contest(work, {TUG: deltas.tug(words, put, change), RSYNC: deltas.rsynced_tree(put)}, bench.rounds)
