#!/usr/bin/env python3
"""A proxy between the client and tugd delays, slices, stalls, resets and flips bits, in either direction: commands and transfers
through it, by the command line and by a client of its own, end with the right result or a named error; no wrong file on either side;
tugd answers, and no temporary and no process stays."""

import hashlib
import os
import random
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from support.torture import (Client, Gone, Key, Refused, Report, Tugd, children_of, connect, eventually, scaled, temporaries)

RUNS, RUNNERS, RUNS_OF_A_PHASE = 1500, 24, 500
PUTS = ("0123", "4567", "89ab")
CONTENT = [os.urandom(size) for size in (0, 1, 5_000, 200_000, 1_500_000)]
# Seconds that tugd gives a call. A flipped bit can make a request one that is never answered, without a word.
TIMEOUT = 15
LONGEST = 40  # that any client may take: tugd and the SDK give up on half a frame after 30 s, on an answer 10 s past its timeout
EXPECTED_CODES = {0, 1, 124, 125}


class Chaos:
    """What happens to one direction of one connection."""

    # The last two make most clients wait for a byte that does not come, so there are few of them.
    KINDS = ("nothing", "delay", "slices", "single bytes", "stall", "reset", "end", "flip") * 4 + ("drop", "twice")

    def __init__(self, dice):
        self.kind = dice.choice(self.KINDS)
        self.at = dice.choice((dice.randrange(0, 300), dice.randrange(0, 2000), dice.randrange(0, 300_000)))
        self.dice, self.seen = dice, 0

    def pass_on(self, data, to):
        """Sends what becomes of it; False where the connection shall end."""
        begin, end = self.seen, self.seen + len(data)
        self.seen = end
        hit = begin <= self.at < end
        if self.kind == "delay":
            time.sleep(self.dice.random() * 0.01)
        elif self.kind in ("slices", "single bytes") and len(data) < 20_000:
            step = 1 if self.kind == "single bytes" else self.dice.randrange(1, 200)
            for n in range(0, len(data), step):
                to.sendall(data[n:n + step])
            return True
        elif hit and self.kind == "stall":
            to.sendall(data[:self.at - begin])
            time.sleep(self.dice.random() * 0.3)
            data = data[self.at - begin:]
        elif hit and self.kind in ("reset", "end"):
            to.sendall(data[:self.at - begin])
            if self.kind == "reset":
                to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        elif hit and self.kind == "flip":
            changed = bytearray(data)
            changed[self.at - begin] ^= 1 << self.dice.randrange(8)
            data = bytes(changed)
        elif hit and self.kind == "drop":
            data = data[:self.at - begin] + data[self.at - begin + 1:]
        elif hit and self.kind == "twice":
            data = data[:self.at - begin] + data[self.at - begin - 1:]
        to.sendall(data)
        return True


class Proxy(threading.Thread):
    """Takes connections on a port of 127.0.0.1 and passes them on, a thread for each; with a fresh chaos every time."""

    def __init__(self, target, seed):
        super().__init__(daemon=True)
        self.target, self.dice = target, random.Random(seed)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.said = None  # what the last connection suffered, for messages
        self.bends_downwards = self.bends_upwards = False

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            up, down = Chaos(self.dice), Chaos(self.dice)
            if self.dice.random() < 0.5:
                self.dice.choice((up, down)).kind = "nothing"
            self.bends_downwards, self.bends_upwards = (one.kind in ("flip", "drop", "twice") for one in (down, up))
            self.said = f"up {up.kind} at {up.at}, down {down.kind} at {down.at}"
            threading.Thread(target=self.serve, args=(client, up, down), daemon=True).start()

    def serve(self, client, up, down):
        try:
            server = connect(self.target, 60)
        except OSError:
            client.close()
            return
        client.settimeout(60)
        poll = selectors.DefaultSelector()
        poll.register(client, selectors.EVENT_READ, (server, up))
        poll.register(server, selectors.EVENT_READ, (client, down))
        try:
            while True:
                for key, _ in poll.select(60) or [(None, None)]:
                    if key is None:
                        return
                    data = key.fileobj.recv(65536)
                    to, chaos = key.data
                    if not data or not chaos.pass_on(data, to):
                        return
        except OSError:
            pass
        finally:
            client.close()
            server.close()


class Runner:
    """Makes calls through a proxy of its own, one after the other, with files of its own."""

    def __init__(self, build, tugd, key, work, report, seed):
        self.build, self.tugd, self.key, self.report = build, tugd, key, report
        self.name = hashlib.sha256(bytes([seed])).hexdigest()[:16]  # no flipped bit makes another's of it
        self.work, self.dice = work, random.Random(seed)
        self.proxy = Proxy(tugd.address, seed)
        self.proxy.start()
        self.right = self.errors = 0
        self.names = {}
        self.slowest = 0.0

    def run(self, numbers):
        for number in numbers:
            which = self.dice.randrange(len(CONTENT))
            action = (self.cli_exec, self.cli_put, self.cli_get, self.own_exec, self.own_put, self.own_get)[self.dice.randrange(6)]
            began = time.monotonic()
            if action(number, which):
                self.right += 1
            else:
                self.errors += 1
            took = time.monotonic() - began
            self.slowest = max(self.slowest, took)
            self.report.check(took < LONGEST, f"run {number}: {action.__name__} took {took:.0f} s; {self.proxy.said}")

    def same(self, number, path, allowed):
        """The file at `path`, where there is one, is one of those."""
        try:
            with open(path, "rb") as f:
                content = f.read()
        except FileNotFoundError:
            return None in allowed
        return self.report.check(content in allowed, f"run {number}: {path} is wrong: {len(content)} bytes; {self.proxy.said}")

    # --- the command line -----------------------------------------------------------------------------------------------
    def tug(self, number, *arguments, stdin=b""):
        argv = [os.path.join(self.build, "bin", "tug"), "--key-file", self.tugd.key_file, "--timeout", str(TIMEOUT),
                *arguments]
        try:
            done = subprocess.run(argv, input=stdin, capture_output=True, timeout=LONGEST + 20, check=False,
                                  env={"PATH": os.environ["PATH"]})
        except subprocess.TimeoutExpired:
            self.report.check(False, f"run {number}: tug {arguments[0]} hangs; {self.proxy.said}")
            return None
        self.report.check(done.returncode in EXPECTED_CODES, lambda: f"run {number}: tug {arguments[0]} exits with {done.returncode}; {self.proxy.said}")
        if done.returncode != 0:
            text = done.stderr.decode(errors="replace")
            self.report.check(text.startswith("tug: ") and text.count(":") >= 2, lambda: f"run {number}: no error line: {text!r}")
            self.count(text.split(":")[1].strip() if text.count(":") >= 2 else "?")
        return done

    def count(self, name):
        self.names[name] = self.names.get(name, 0) + 1

    def cli_exec(self, number, which):
        done = self.tug(number, "exec", self.proxy.address, "-i", "--", "cat", stdin=CONTENT[which])
        if not done or done.returncode != 0:
            return False
        # What goes into a command has no digest; what comes out of it has.
        return self.report.check(done.stdout == CONTENT[which] or self.proxy.bends_upwards,
                                 lambda: f"run {number}: exec gave something else; {self.proxy.said}")

    def cli_put(self, number, which):
        name = f"{self.name}-put-{PUTS[number % 3]}"
        before = self.read(os.path.join(self.tugd.root, name))
        done = self.tug(number, "put", os.path.join(self.work, f"source{which}"), f"tug://{self.proxy.address}/{name}")
        good = done is not None and done.returncode == 0
        self.same(number, os.path.join(self.tugd.root, name), [CONTENT[which]] if good else [before, CONTENT[which]])
        return good

    def cli_get(self, number, which):
        path = os.path.join(self.work, f"{self.name}-got-{number % 3}")
        before = self.read(path)
        done = self.tug(number, "get", f"tug://{self.proxy.address}/source{which}", path)
        good = done is not None and done.returncode == 0
        self.same(number, path, [CONTENT[which]] if good else [before])
        return good

    @staticmethod
    def read(path):
        try:
            with open(path, "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    # --- a client that trusts nothing but what it checks itself -----------------------------------------------------------
    def own(self, number, action):
        try:
            with Client(self.proxy.address, self.key, timeout=35) as client:
                action(client)
            return True
        except Refused as e:
            self.count(e.name)
            return False
        except socket.timeout:  # fine where what tugd said has lost a byte: it is whole here only with the next one
            self.count("silence")
            self.report.check(self.proxy.bends_downwards, f"run {number}: tugd says nothing; {self.proxy.said}")
        except (Gone, OSError):
            self.count("connection lost")
        except (ValueError, KeyError, AssertionError, AttributeError, TypeError):
            self.count("nonsense came")  # a flipped bit in what tugd said
        return False

    def own_exec(self, number, which):
        # A flip of what is shown cannot be found without a digest; the SDK has one, this client looks at the exit code.
        return self.own(number, lambda c: c.exec("cat", stdin=CONTENT[which]))

    def own_put(self, number, which):
        name = f"{self.name}-put-{PUTS[number % 3]}"
        path = os.path.join(self.tugd.root, name)
        before = self.read(path)
        good = self.own(number, lambda c: c.put(name, CONTENT[which], durable=False))
        # Where the request itself was changed, tugd may have been asked for another name; but never is a file torn.
        eventually(lambda: self.read(path) in [before, CONTENT[which]], 5)
        self.same(number, path, [CONTENT[which]] if good else [before, CONTENT[which], None])
        return good

    def own_get(self, number, which):
        return self.own(number, lambda c: c.get(f"source{which}"))


class Torture:
    def __init__(self, build):
        self.report, self.key = Report(), Key()
        self.tugd = Tugd(build, "--log-level", "off", key=self.key)
        self.work = tempfile.mkdtemp(prefix="tug-torture-")
        for number, content in enumerate(CONTENT):
            for top in (self.tugd.root, self.work):
                with open(os.path.join(top, f"source{number}"), "wb") as f:
                    f.write(content)
        self.runners = [Runner(build, self.tugd, self.key, self.work, self.report, n) for n in range(RUNNERS)]

    def run(self):
        runs = scaled(RUNS, 64)
        phases = max(1, runs // RUNS_OF_A_PHASE)
        for phase in range(phases):
            numbers = range(phase * runs // phases, (phase + 1) * runs // phases)
            threads = [threading.Thread(target=r.run, args=(numbers[n::RUNNERS],)) for n, r in enumerate(self.runners)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            self.afterwards(phase)
        self.report.check(self.tugd.stop() == 0, "tugd does not end well")
        shutil.rmtree(self.work)
        names = {}
        for r in self.runners:
            for name, count in r.names.items():
                names[name] = names.get(name, 0) + count
        named = ", ".join(f"{count} {name}" for name, count in sorted(names.items()))
        self.report.end(f"{runs} runs through chaos: {sum(r.right for r in self.runners)} right, "
                        f"{sum(r.errors for r in self.runners)} errors ({named}), the slowest {max(r.slowest for r in self.runners):.1f} s")

    def afterwards(self, phase):
        """No client is there: tugd serves, and nothing stays."""
        with self.tugd.connect(self.key) as client:
            self.report.check(client.ping(), f"phase {phase}: no ping")
            client.put("after", b"x")
        self.report.check(eventually(lambda: not children_of(self.tugd.pid), LONGEST),
                          lambda: f"phase {phase}: left {children_of(self.tugd.pid)}")
        self.report.check(eventually(lambda: not temporaries(self.tugd.root), LONGEST),
                          lambda: f"phase {phase}: left {temporaries(self.tugd.root)}")
        strangers = [n for n in os.listdir(self.work) if not n.startswith("source") and "got" not in n
                     and not n.endswith(".part")]
        self.report.check(not strangers, f"phase {phase}: left {strangers} at home")


if __name__ == "__main__":
    Torture(sys.argv[1]).run()
