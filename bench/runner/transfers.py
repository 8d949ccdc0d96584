"""One large file there and back, and 10,000 small ones, against raw loops, nginx, rsync and scp."""

import contextlib
import os

from host import Daemon, check_same, check_same_tree, make_file, remove, run_json, run_timed, warm_pages, MIB
from results import COPY, CURL, RSYNC, SCP, SPLICE, TUG, Missing, Work, contest
from services import lacking, sshd, start_nginx, start_rsync
from tugd import Tugd


class Place:
    """A directory with what the servers see (`there`) and what the clients see (`here`), and the servers on it."""

    def __init__(self, bench, stack, directory, size):
        self.bench = bench
        self.stack = stack
        self.size = size
        self.here = directory / "here"
        self.there = directory / "there"
        self.here.mkdir()
        self.there.mkdir()
        self.source = {False: self.there / "source", True: self.here / "source"}  # by "is it a put"
        make_file(self.source[False], size)
        os.link(self.source[False], self.source[True])
        self.target = {False: self.here / "target", True: self.there / "target"}
        self.tugd = stack.enter_context(Tugd(bench, self.there))
        self.nginx = lacking("nginx", "curl") or self._daemon(start_nginx)
        self.rsync = lacking("rsync") or self._daemon(start_rsync)
        self.ssh = sshd(bench, stack)

    def _daemon(self, start):
        daemon, url = start(self.bench, self.there)
        self.stack.enter_context(daemon)
        return url

    def once(self, put, transfer):
        """One transfer into an absent target from warm pages; checked, then removed."""
        def run():
            warm_pages(self.here, self.size)
            got = transfer(self.source[put], self.target[put])
            check_same(self.source[put], self.target[put])
            remove(self.target[put])
            return got
        return run

    def mib_per_s(self, seconds):
        return self.size / MIB / seconds


def tug(place, put):
    def transfer(source, target):
        remote, local = ("target", source) if put else ("source", target)
        got = place.tugd.bench("put", local, remote) if put else place.tugd.bench("get", remote, local)
        return got["best"], got
    return transfer


def raw(place, put, way):
    program = place.bench.bin / "bench-raw-transfer"
    path = place.target[put] if put else place.source[put]
    server = place.stack.enter_context(Daemon([program, "serve", way, path]))
    port = server.port()

    def transfer(source, target):
        got = run_json([program, "put" if put else "get", way, port, source if put else target])
        return got["rate"], got
    return transfer


def curl(place, put):
    def transfer(source, target):
        what = ["-T", source, f"{place.nginx}/target"] if put else ["-o", target, f"{place.nginx}/source"]
        return place.mib_per_s(run_timed(["curl", "-sS", "--fail", *what]))
    return transfer


def rsync(place, put):
    def transfer(source, target):
        what = [source, f"{place.rsync}/target"] if put else [f"{place.rsync}/source", target]
        return place.mib_per_s(run_timed(["rsync", "-W", *what]))
    return transfer


def scp(place, put):
    def transfer(source, target):
        what = [source, f":{target}"] if put else [f":{source}", target]
        return place.mib_per_s(run_timed(place.ssh.scp(*what)))
    return transfer


def contestants(place, put):
    def unless(missing, make):
        return missing if isinstance(missing, Missing) else place.once(put, make(place, put))
    return {TUG: place.once(put, tug(place, put)), COPY: place.once(put, raw(place, put, "copy")),
            SPLICE: place.once(put, raw(place, put, "splice")), CURL: unless(place.nginx, curl),
            RSYNC: unless(place.rsync, rsync), SCP: unless(place.ssh, scp)}


def measure(bench, stack):
    places = [("tmpfs", bench.tmpfs)] + ([("disk", bench.disk)] if bench.full else [])
    for name, directory in places:
        with contextlib.ExitStack() as own:
            place = Place(bench, own, directory, bench.transfer_mib * MIB)
            for put in (False, True):
                work = Work(f"{'put' if put else 'get'}-{name}", "transfers",
                            f"{'put' if put else 'get'} {bench.transfer_mib} MiB, {name}", "MiB/s")
                yield contest(work, contestants(place, put), bench.rounds)
            remove(place.source[True])
            remove(place.source[False])
            yield from small_files(bench, place, name)
        remove(directory / "here")
        remove(directory / "there")


def make_small_files(directory, count):
    directory.mkdir()
    for i in range(count):
        (directory / str(i)).write_bytes(os.urandom(4096))


def small_files(bench, place, name):
    """Seconds for all files: put into an absent directory, get into one that is absent or, for tug, empty."""
    count = bench.files
    source = place.here / "many"
    make_small_files(source, count)
    remote = place.there / "many"

    def checked(put, transfer):
        def run():
            there, back = place.there / "copy", place.here / "copy"
            target = there if put else back
            target.mkdir()
            got = transfer(target)
            check_same_tree(source, target)
            remove(target)
            return got
        return run

    def tug_put(_):
        got = place.tugd.bench("files", "put", source, "copy")
        return got["seconds"], got

    def tug_get(target):
        got = place.tugd.bench("files", "get", target, "many", "--count", count)
        return got["seconds"], got

    def with_scp(put):
        return lambda target: run_timed(place.ssh.scp(f"{source}/." if put else f":{remote}/.",
                                                      f":{target}" if put else target, "-r"))

    def both(work, put, tug_once):
        once = {TUG: checked(put, tug_once)}
        what = (lambda t: [f"{source}/", f"{place.rsync}/copy/"]) if put else (
            lambda t: [f"{place.rsync}/many/", f"{t}/"])
        once[RSYNC] = place.rsync if isinstance(place.rsync, Missing) else checked(
            put, lambda t: run_timed(["rsync", "-rW", *what(t)]))
        once["cp -r"] = checked(put, lambda t: run_timed(["cp", "-r", f"{source if put else remote}/.", t]))
        if bench.full:
            once[SCP] = place.ssh if isinstance(place.ssh, Missing) else checked(put, with_scp(put))
        return contest(work, once, bench.rounds)

    def work_of(direction):
        return Work(f"files-{direction}-{name}", "files", f"{count:,} files of 4 KiB, {direction}, {name}", "s",
                    higher_is_better=False)

    yield both(work_of("put"), True, tug_put)
    source.rename(remote)
    os.makedirs(source)
    for path in remote.iterdir():
        os.link(path, source / path.name)
    yield both(work_of("get"), False, tug_get)
    remove(source)
    remove(remote)
