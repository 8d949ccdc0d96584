"""Services of tests: processes that listen on a port, and are started there again."""

import random
import signal
import socket
import subprocess
import time
from pathlib import Path

BOUND = 120  # seconds that what must happen has


def free_port():
    """One that no other process gets while nobody listens on it: where there are any, none of those that the kernel
    picks from."""
    least, most = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
    ports = [*range(10000, least), *range(most + 1, 65536)] or range(10000, 65536)
    while True:
        port = random.choice(ports)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def eventually(what, condition, seconds=BOUND):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Service:
    """A process that listens on a port."""

    def __init__(self, words, port, log):
        self.words, self.port, self.log = [str(w) for w in words], port, log
        self.process = None

    def begin(self):
        self.launch()
        if self.port:
            eventually(f"{self.words[0]} listens", lambda: answers(self.port) or self.fell())

    def launch(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def fell(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.words[0]} has ended: {Path(self.log).read_text(errors='replace')[-2000:]}")
        return False

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(BOUND)
        self.process = None
        return code
