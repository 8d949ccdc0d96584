#!/usr/bin/env python3
"""kill -9 while four clients put: after each of 1,000 kills every file is old or new and whole, what was answered is there,
and a new tugd with one more put leaves no temporary."""

import os
import random
import shutil
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from support.torture import Gone, Refused, Report, Tugd, scaled, temporaries

WRITERS = 4
ROUNDS_OF_ONE_CHECK = 10  # after so many kills a tugd lives and sweeps


def version(number):
    """A version of a file: its number all over, and a length of its own."""
    line = b"version %d\n" % number
    return line * ((5_000 + number % 7 * 40_000) // len(line) + 1)


def version_in(path):
    with open(path, "rb") as f:
        content = f.read()
    head = content.split(b"\n", 1)[0].split()
    if len(head) != 2 or head[0] != b"version":
        return None
    number = int(head[1])
    return number if content == version(number) else None


class Writer(threading.Thread):
    """Puts version after version of its files until tugd is gone. It has one file that is replaced and new ones."""

    def __init__(self, tugd, name, answered, durable, enough):
        super().__init__()
        self.client = tugd.connect()
        self.name, self.answered, self.durable, self.enough = name, answered, durable, enough
        self.new = None  # the number of a file with a name of its own that was answered
        self.why = ""

    def run(self):
        number = self.answered
        try:
            while True:
                number += 1
                self.client.put(self.name, version(number), durable=self.durable)
                self.answered = number
                self.enough.release()
                self.client.put(f"new/{self.name}-{number}", version(number), durable=self.durable, make_parents=True)
                self.new = number
                self.enough.release()
        except Gone:
            pass
        except (Refused, OSError) as e:
            self.why = repr(e)
        finally:
            self.client.close()
            for _ in range(100):
                self.enough.release()  # no thread waits for more


def main():
    report = Report()
    kills, answers, leftovers = scaled(1000), 0, 0
    root = tempfile.mkdtemp(prefix="tug-torture-root-")
    names = [f"file{n}" for n in range(WRITERS)]
    held = dict.fromkeys(names, 0)
    dice = random.Random(1)
    for name in names:
        with open(os.path.join(root, name), "wb") as f:
            f.write(version(0))
    try:
        for kill in range(kills):
            tugd = Tugd(sys.argv[1], "--log-level", "off", root=root)
            enough = threading.Semaphore(0)
            writers = [Writer(tugd, name, held[name], kill % 2 == 0, enough) for name in names]
            for w in writers:
                w.start()
            for _ in range(dice.randrange(1, 12)):
                enough.acquire()
            time.sleep(dice.random() * 0.004)  # the kill comes at any moment between two answers
            tugd.kill()
            leftovers += len(temporaries(root))
            for w in writers:
                w.join()
                report.check(not w.why, f"kill {kill}: {w.why}")
                there = version_in(os.path.join(root, w.name))
                report.check(there is not None, f"kill {kill}: {w.name} is torn")
                report.check(there in (w.answered, w.answered + 1), f"kill {kill}: {there}, {w.answered} was answered")
                answers += w.answered - held[w.name]
                held[w.name] = w.answered + 1 if there is None else there
                if w.new:
                    last = os.path.join(root, "new", f"{w.name}-{w.new}")
                    report.check(os.path.exists(last), f"kill {kill}: {last} was answered and is not there")
            if kill % ROUNDS_OF_ONE_CHECK == ROUNDS_OF_ONE_CHECK - 1 or kill == kills - 1:
                check_restart(root, report, kill)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    report.end(f"{kills} kills, {answers} answered puts of {WRITERS} files, {leftovers} temporaries seen after kills")


def check_restart(root, report, kill):
    """Every file of its own name is whole; one put into each directory and no temporary is left there."""
    new = os.path.join(root, "new")
    for name in os.listdir(new) if os.path.isdir(new) else []:
        if not name.startswith("."):
            number = version_in(os.path.join(new, name))
            report.check(number is not None and name.endswith(f"-{number}"), f"kill {kill}: new/{name} is torn")
    with Tugd(sys.argv[1], "--log-level", "off", root=root) as tugd, tugd.connect() as client:
        client.put("last", b"one")
        client.put("new/last", b"one", make_parents=True)
        report.check(not temporaries(root), lambda: f"kill {kill}: left {temporaries(root)}")
    shutil.rmtree(new)


if __name__ == "__main__":
    main()
