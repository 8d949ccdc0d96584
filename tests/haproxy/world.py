"""Three tugd with one root and one key, and a HAProxy before them."""

import csv
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from services import BOUND, Service, eventually, free_port

REPLICAS = "abc"
GRACE = 30  # of a tugd that ends


class World:
    def __init__(self, build, directory):
        self.bin = build / "bin"
        self.directory = Path(directory)
        self.key = self.path("key")
        self.front = free_port()
        self.host = f"127.0.0.1:{self.front}"
        self.ports = {name: (free_port(), free_port()) for name in REPLICAS}
        self.running = {}
        self.balancer = None
        self.held = []
        self.path("root").mkdir()
        subprocess.run([self.bin / "tug", "keygen", "k", "-o", self.key], check=True, stdout=subprocess.DEVNULL)

    def __enter__(self):
        try:
            for name in REPLICAS:
                self.start(name)
            self.balancer = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-q", "-f", self.configuration()])
            eventually("haproxy has all tugd", self.complete)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for one in [*self.held, self.balancer]:
            if one:
                one.kill()
                one.wait()
        for one in self.running.values():
            one.kill()

    def path(self, name):
        return self.directory / name

    # --- tugd --------------------------------------------------------------------------------------------------------

    def start(self, name):
        if name not in self.running:
            port, metrics = self.ports[name]
            words = [self.bin / "tugd", "--keys", self.key, "--root", self.path("root"), "--listen", f"127.0.0.1:{port}",
                     "--metrics", f"127.0.0.1:{metrics}", "--proxy-protocol", "127.0.0.1", "--audit",
                     self.path(f"audit.{name}"), "--grace", str(GRACE)]
            self.running[name] = Service(words, port, self.path(f"log.{name}"))
        self.running[name].begin()

    def audit(self, name):
        return self.path(f"audit.{name}").read_text(encoding="utf-8")

    # --- HAProxy -----------------------------------------------------------------------------------------------------

    def configuration(self):
        """That of deploy/, on this host: only addresses, the socket and the number of connections are others."""
        text = Path(__file__).parents[2].joinpath("deploy/haproxy/haproxy.cfg").read_text(encoding="utf-8")
        text = text.replace("/run/haproxy/tug.sock", str(self.path("haproxy.sock")))
        text = text.replace("bind :8840", f"bind {self.host}").replace(" port 8841", "")
        text = text.replace("maxconn 20000", "maxconn 1000")  # a user may not have the descriptors for more
        for name in REPLICAS:
            port, metrics = self.ports[name]
            text = re.sub(rf"server {name} \S+", f"server {name} 127.0.0.1:{port} port {metrics}", text)
        self.path("haproxy.cfg").write_text(text, encoding="utf-8")
        return self.path("haproxy.cfg")

    def admin(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.path("haproxy.sock")))
            s.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: s.recv(65536), b"")).decode()

    def stat(self, column):
        rows = csv.DictReader(self.admin("show stat").lstrip("# ").splitlines())
        return {row["svname"]: row[column] for row in rows if row["svname"] in REPLICAS}

    def complete(self):
        try:
            return all(state == "UP" for state in self.status().values())
        except OSError:  # its socket is not there, or nobody listens on it yet
            return False

    def status(self):
        return self.stat("status")

    def sessions(self):
        return {name: int(n) for name, n in self.stat("scur").items()}

    def await_quiet(self):
        """No connection is left of what went before."""
        eventually("haproxy has seen all connections end", lambda: not any(self.sessions().values()))

    # --- clients -----------------------------------------------------------------------------------------------------

    def words(self, *arguments):
        return [self.bin / "tug", "--key-file", self.key, *arguments]

    def tug(self, *arguments, data=b""):
        return subprocess.run(self.words(*arguments), input=data, capture_output=True, timeout=BOUND, check=False)

    def hold(self):
        """A command that runs until finish(). It says which tugd it is on by the number of that process."""
        one = subprocess.Popen(self.words("exec", "-i", self.host, "--", "sh", "-c", "echo $PPID; cat"),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.held.append(one)
        one.parent = int(one.stdout.readline())
        return one

    def replica_of(self, one):
        return next(name for name, tugd in self.running.items() if tugd.process.pid == one.parent)

    def finish(self, one):
        out, _ = one.communicate(b"whole\n", timeout=BOUND)
        if (one.returncode, out) != (0, b"whole\n"):
            raise SystemExit(f"failed: a command that was held ended with {one.returncode} and {out}")
        self.held.remove(one)

    def say_hello_from(self, address):
        with socket.create_connection(("127.0.0.1", self.front), source_address=(address, 0)) as s:
            s.recv(8)
            envelope = b'{"jsonrpc":"2.0","id":1,"method":"rpc.authenticate","params":{}}'
            s.sendall(len(envelope).to_bytes(4, "big") + b"\0\0\0\0" + envelope)
            while s.recv(65536):
                pass
