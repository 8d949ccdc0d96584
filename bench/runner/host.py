"""Processes, cores, ports and scratch space: what every measurement needs of this machine."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SERVER_CORE = 0
CLIENT_CORE = 1
BOTH_CORES = f"{SERVER_CORE},{CLIENT_CORE}"
MIB = 1 << 20
PAGE_REPORTING_DELAY = Path("/sys/module/page_reporting/parameters/min_free_ms")  # a patch that some kernels have
PATIENCE_S = 60  # for one run of anything; a hang is a failure


class BenchError(Exception):
    """The benchmark itself is wrong or a transfer was: no figure may be believed."""


def pinned(core, argv):
    return ["taskset", "-c", str(core), *map(str, argv)]


def require_cores():
    if not {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0):
        raise BenchError("two cores are needed: one for the server, one for the client")


def run(argv, core=CLIENT_CORE, timeout=PATIENCE_S, **options):
    """Runs a program to its end on one core; what it printed."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    try:
        done = subprocess.run(pinned(core, argv), stderr=subprocess.PIPE, text=True, timeout=timeout, **options)
    except subprocess.TimeoutExpired:
        raise BenchError(f"no end within {timeout} s: {' '.join(map(str, argv))}") from None
    if done.returncode != 0:
        raise BenchError(f"status {done.returncode}: {' '.join(map(str, argv))}\n{done.stderr.strip()}")
    return done.stdout


def run_json(argv, core=CLIENT_CORE):
    """The one line of JSON that our own programs print."""
    lines = run(argv, core).splitlines()
    if len(lines) != 1:
        raise BenchError(f"not one line of JSON: {' '.join(map(str, argv))}")
    return json.loads(lines[0])


def run_timed(argv, core=CLIENT_CORE, **options):
    """Wall seconds of a program, its start included."""
    began = time.monotonic()
    run(argv, core, **options)
    return time.monotonic() - began


class Daemon:
    """A program that runs until it is stopped, with all that it started: it leads a process group of its own."""

    def __init__(self, argv, core=SERVER_CORE, log=None, stdin=subprocess.DEVNULL):
        self.name = str(argv[0])
        self.log = open(log, "wb") if log else None
        self.process = subprocess.Popen(pinned(core, argv), stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=self.log or subprocess.DEVNULL, text=True, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid  # taskset becomes the program

    def line(self):
        """The next line that it prints; that it ends instead is an error."""
        text = self.process.stdout.readline()
        if not text:
            raise BenchError(f"{self.name} ended with {self.process.wait()}")
        return text

    def port(self):
        match = re.search(r"listening on 127\.0\.0\.1:(\d+)", self.line())
        if not match:
            raise BenchError(f"{self.name} does not say where it listens")
        return int(match.group(1))

    def answers(self, test, seconds=20):
        """Waits until test() is true; for programs that say nothing when they are ready."""
        deadline = time.monotonic() + seconds
        while not test():
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} is not ready after {seconds} s")
            time.sleep(0.02)
        return self

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind; our own group
        self.process.wait()
        self.process.stdout.close()
        if self.log:
            self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def port_answers(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def scratch(parent, prefix="tug-bench-"):
    """A directory of our own; the caller removes it."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def remove(path):
    path = Path(path)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_file(path, size):
    """A file that does not compress and where no two blocks are alike."""
    block = os.urandom(16 * MIB)
    with open(path, "wb") as out:
        for i in range(0, size, len(block)):
            turn = i // len(block) % len(block)
            out.write((block[turn:] + block[:turn])[:size - i])


def warm_pages(directory, size):
    """Takes and gives back as much page cache as a run needs: pages that the host of a virtual machine has taken back
    would otherwise make one run, by chance, half as fast as the next."""
    path = Path(directory) / "warm-up"
    zeros = bytes(MIB)
    with open(path, "wb", buffering=0) as out:
        for _ in range(size // MIB + 1):
            out.write(zeros)
    path.unlink()


@contextlib.contextmanager
def keep_pages():
    """Some virtual machines give free pages back to their host at once, and each page is then paid for again when a file
    gets it: a transfer is three times as slow, by chance. Where this may be put off, it is, until the end."""
    before = None
    with contextlib.suppress(OSError):
        text = PAGE_REPORTING_DELAY.read_text(encoding="ascii")
        PAGE_REPORTING_DELAY.write_text("60000", encoding="ascii")
        before = text
    try:
        yield
    finally:
        if before is not None:
            PAGE_REPORTING_DELAY.write_text(before, encoding="ascii")


def check_same(source, copy):
    if subprocess.run(["cmp", "--silent", str(source), str(copy)]).returncode != 0:
        raise BenchError(f"NOT BYTE-IDENTICAL: {copy} is no copy of {source}")


def check_same_tree(source, copy):
    if subprocess.run(["diff", "-rq", str(source), str(copy)], stdout=subprocess.DEVNULL).returncode != 0:
        raise BenchError(f"NOT BYTE-IDENTICAL: {copy} is no copy of {source}")
