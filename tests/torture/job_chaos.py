#!/usr/bin/env python3
"""`tug exec -i --reconnect` while its connection is cut 1,000 times and its tugd killed 100 times: a command prints a counted
stream and reads another from stdin, and no byte comes twice, none is missing, the exit code is right, and it ran once. Then 20
holders are killed: each job is told as lost, and nothing of its tree is left."""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cut_proxy import CutProxy
from support.torture import PATIENCE, Refused, Report, Tugd, eventually, scaled

CUTS, KILLS, HOLDERS = scaled(1000, 30), scaled(100, 3), scaled(20, 2)
CUTS_OF_A_ROUND = 50
EXIT_CODE = 7

# Prints lines with their numbers until stdin has ended, which it checks to be such lines, too.
COMMAND = """
import os, sys, threading
open(sys.argv[1], "a").write("ran\\n")
over = threading.Event()
def read():
    for n, line in enumerate(sys.stdin.buffer):
        if line != b"in %d\\n" % n:
            os.write(2, b"line %d of stdin is %r\\n" % (n, line))
            os._exit(1)
    os.write(2, b"%d lines read\\n" % (n + 1))
    over.set()
threading.Thread(target=read).start()
n = 0
while not over.is_set():
    os.write(1, b"".join(b"out %d\\n" % m for m in range(n, n + 500)))
    n += 500
    over.wait(0.002)
os.write(2, b"%d lines written\\n" % n)
sys.exit(7)
"""


class Host:
    """tugd after tugd over one state directory."""

    def __init__(self, build):
        self.build = build
        self.state = tempfile.TemporaryDirectory(prefix="tug-torture-state-")
        self.lock = threading.Lock()
        self.kills = 0
        self.begin()

    def begin(self):
        self.tugd = Tugd(self.build, "--log-level", "off", "--state-dir", os.path.join(self.state.name, "s"), tcp=True)
        self.address = self.tugd.addresses[1]

    def kill(self):
        with self.lock:
            old = self.tugd
            old.process.kill()
            old.process.wait()
            self.begin()
            old.remove()
            self.kills += 1

    def jobs(self):
        with self.tugd.connect() as client:
            number = client.call("job.list")
            client.wait(number)
            return len(client.output.pop((number, "jobs"), b"").splitlines())

    def close(self):
        self.tugd.stop()
        self.state.cleanup()


class Round:
    """One command, and what happens to its connection."""

    def __init__(self, host, dice, cuts, kills):
        self.host, self.dice = host, dice
        self.left = cuts
        self.kill_at = set(dice.sample(range(cuts), min(kills, cuts)))
        self.cuts = 0
        self.done = threading.Event()
        self.proxy = CutProxy(lambda: host.address)
        self.proxy.on_cut = self.cut
        self.proxy.cut_after = dice.randrange(3000, 30_000)  # once there is a connection: the first one is not made again

    def cut_later(self):
        """After some bytes: in the middle of a login, of a frame, or of much data."""
        most = self.dice.choice((600, 3000, 30_000, 300_000))
        self.proxy.cut_after = self.dice.randrange(1, most)

    def cut(self):
        if self.cuts in self.kill_at:
            self.host.kill()
        self.cuts += 1
        if self.cuts < self.left:
            self.cut_later()
        else:
            self.done.set()

    def feed(self, into):
        """Lines until all cuts were made, and some more."""
        n = 0
        try:
            while not self.done.is_set():
                into.write(b"".join(b"in %d\n" % m for m in range(n, n + 100)))
                into.flush()
                n += 100
                time.sleep(0.001)
            into.close()
        except BrokenPipeError:
            pass
        self.lines = n

    def run(self, report, marker):
        program = [os.path.join(self.host.build, "bin", "tug"), "exec", "-i", "--reconnect", "--", sys.executable, "-c",
                   COMMAND, marker]
        p = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env={**os.environ, "TUG_ADDRESS": self.proxy.address})
        feeder = threading.Thread(target=self.feed, args=(p.stdin,))
        said = []
        listener = threading.Thread(target=lambda: said.extend(p.stderr))
        for t in (feeder, listener):
            t.start()
        n, wrong = 0, 0
        for line in p.stdout:
            if line != b"out %d\n" % n:
                wrong += 1
                report.check(wrong > 1, f"line {n} of stdout is {line!r}")
            n += 1
        code = p.wait(PATIENCE)
        self.done.set()
        feeder.join()
        listener.join()
        self.proxy.close()
        end = [line.decode() for line in said if not line.startswith(b"tug: ")]
        report.check(wrong == 0 and code == EXIT_CODE, lambda: f"exit code {code}, {wrong} wrong lines: {said[-5:]}")
        report.check(end == [f"{self.lines} lines read\n", f"{n} lines written\n"],
                     lambda: f"{self.lines} lines sent, {n} came, and the command says {end}")
        with open(marker, encoding="ascii") as f:
            report.check(f.read() == "ran\n", "it did not run once")
        return n, self.lines


def lose(host, report, number):
    """A killed holder is told as lost, and its tree ends."""
    name = f"held-{number}"
    with host.tugd.connect() as client:
        started = client.ask("job.start", {"job": name, "argv": ["sh", "-c", "sleep 1000 & sleep 1000"]})
        root = started["pid"]
        with open(f"/proc/{root}/stat", encoding="ascii") as f:
            holder = int(f.read().rsplit(")", 1)[1].split()[1])
        waiting = client.call("job.wait", {"job": name})
        os.kill(holder, 9)
        try:
            report.check(False, f"job.wait of a lost job says {client.wait(waiting)}")
        except Refused as e:
            report.check(e.name == "job_lost", f"job.wait of a lost job says {e}")
        report.check(eventually(lambda: not os.path.exists(f"/proc/{root}")), f"{root} is left of a lost job")
        report.check(client.ask("job.status", {"job": name})["state"] == "lost", "its state is not lost")
        client.ask("job.remove", {"job": name})


def main():
    report = Report()
    dice = random.Random(5)
    host = Host(sys.argv[1])
    out = lines_in = cuts = 0
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="tug-torture-ran-") as ran:
            while cuts < CUTS:
                some = min(CUTS_OF_A_ROUND, CUTS - cuts)
                kills = round(KILLS * (cuts + some) / CUTS) - host.kills
                one = Round(host, dice, some, kills)
                n, sent = one.run(report, os.path.join(ran, str(cuts)))
                out, lines_in, cuts = out + n, lines_in + sent, cuts + one.cuts
                report.check(host.jobs() == 0, "the job was not removed")
                if one.cuts < some:
                    break
        for number in range(HOLDERS):
            lose(host, report, number)
    finally:
        host.close()
    report.end(f"{cuts} cuts, {host.kills} kills of tugd, {HOLDERS} of holders in {time.monotonic() - began:.1f} s; "
               f"{out} lines of output and {lines_in} of input")


if __name__ == "__main__":
    main()
