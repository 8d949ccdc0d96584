#!/usr/bin/env python3
"""A million events for one watch: what is made, changed, renamed and removed while a client keeps up is told, every bit of it; where
it does not keep up there is `overflow`, and what happens after that is told again."""

import collections
import json
import os
import sys

sys.dont_write_bytecode = True
from support.torture import PATIENCE, Report, Tugd, scaled

EVENTS = 1_000_000
EACH = 4  # created, changed, renamed, removed
BATCH = 1000  # files before the client is waited for: the queue of the kernel takes 16,384 events
DIRECTORIES = 20


class Watch:
    """The events of one recursive watch of the root."""

    def __init__(self, client):
        self.client = client
        self.number = client.call("file.watch", {"path": ".", "recursive": True})
        self.rest, self.events = b"", collections.deque()
        self.until(lambda e: e["event"] == "ready")

    def next(self):
        while not self.events:
            stream = self.client.output.setdefault((self.number, "events"), bytearray())
            while not stream:
                self.client.step()
            *lines, self.rest = (self.rest + bytes(stream)).split(b"\n")
            stream.clear()
            self.events.extend(json.loads(line) for line in lines)
        return self.events.popleft()

    def until(self, wanted):
        """All events up to one that is wanted."""
        seen = []
        while not seen or not wanted(seen[-1]):
            seen.append(self.next())
        return seen


def work(root, first, count):
    """Four events for each file; gives what must be told of them."""
    expected = collections.Counter()
    for number in range(first, first + count):
        directory = f"d{number % DIRECTORIES}"
        path, other = f"{directory}/{number}", f"d{(number + 1) % DIRECTORIES}/{number}-renamed"
        fd = os.open(os.path.join(root, path), os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(fd, b"x")
        os.close(fd)
        os.rename(os.path.join(root, path), os.path.join(root, other))
        os.unlink(os.path.join(root, other))
        expected.update([("created", path), ("changed", path), ("renamed", other), ("removed", other)])
    return expected


def told(events):
    """What was told, each once: several changes of one file may be several events."""
    return {(e["event"], e["path"]) for e in events}


def keeps_up(root, watch, report, files):
    total = 0
    for first in range(0, files, BATCH):
        expected = work(root, first, min(BATCH, files - first))
        mark = f"mark{first}"
        os.mkdir(os.path.join(root, mark))
        events = watch.until(lambda e, mark=mark: e["path"] == mark and e["event"] == "created")
        os.rmdir(os.path.join(root, mark))
        total += len(events)
        report.check(not any(e["event"] == "overflow" for e in events), f"file {first}: an overflow, though the client kept up")
        missing = expected.keys() - told(events)
        report.check(not missing, lambda: f"file {first}: {len(missing)} were not told: {sorted(missing)[:3]}")
        extra = told(e for e in events if not e["path"].startswith("mark")) - expected.keys()
        report.check(not extra, lambda: f"file {first}: {sorted(extra)[:3]} were told and never were")
    return total


def lags(root, watch, report, files):
    """Nothing is read meanwhile. Either all was told, or there is an overflow; and then what is there is told of again."""
    expected = work(root, 10**9, files)
    os.mkdir(os.path.join(root, "after"))
    events = watch.until(lambda e: e["path"] == "after" and e["event"] == "created" or e["event"] == "overflow")
    missed = [e for e in events if e["event"] == "overflow"]
    report.check(missed or not expected.keys() - told(events), "events were missed without a word")
    more = work(root, 2 * 10**9, 100)
    os.mkdir(os.path.join(root, "at last"))
    events = watch.until(lambda e: e["path"] == "at last" and e["event"] == "created")
    again = any(e["event"] == "overflow" for e in events)
    report.check(again or not more.keys() - told(events), "after an overflow events are missed without a word")
    return len(missed)


def main():
    report, files = Report(), scaled(EVENTS // EACH, BATCH)
    with Tugd(sys.argv[1], "--log-level", "off") as tugd:
        for number in range(DIRECTORIES):
            os.mkdir(os.path.join(tugd.root, f"d{number}"))
        with tugd.connect(timeout=PATIENCE * 4) as client:
            watch = Watch(client)
            total = keeps_up(tugd.root, watch, report, files)
            overflows = lags(tugd.root, watch, report, max(files // 4, 20_000))
    report.end(f"{files * EACH} things happened, {total} events told, {overflows} overflow of a client that lagged")


if __name__ == "__main__":
    main()
