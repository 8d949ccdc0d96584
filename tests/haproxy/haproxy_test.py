#!/usr/bin/python3
"""Three tugd behind a real HAProxy, by deploy/haproxy/haproxy.cfg: where connections go, whose address is audited, how
a tugd is taken out, and what clients see of it when tugd are killed and ended under load. A call that may be repeated
succeeds when it is; every other call that is lost says so, and none runs twice.

Usage: haproxy_test.py BUILD-DIRECTORY. Ends with 77 where there is no haproxy."""

import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from world import REPLICAS, World, eventually

WORKERS = 4
CALLS = 10  # of each worker while all is well, and while replicas go


class Tally:
    """What came of the commands, each of which has a name and writes it where it runs."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked, self.done, self.lost = [], [], 0

    def add(self, name, succeeded):
        with self.lock:
            self.asked.append(name)
            if succeeded:
                self.done.append(name)

    def count_loss(self):
        with self.lock:
            self.lost += 1


def call(world, tally, *arguments, data=b""):
    """None where it succeeded. Of a call that is lost it must be known why: a code, and a line, which is returned."""
    done = world.tug(*arguments, data=data)
    if done.returncode == 0:
        return None
    if not done.stderr.startswith(b"tug: "):
        raise SystemExit(f"failed without a word: {arguments} {done.returncode} {done.stderr}")
    tally.count_loss()
    return done.stderr


def repeat(world, tally, *arguments, data=b""):
    """A call that may be repeated."""
    for _ in range(40):
        why = call(world, tally, *arguments, data=data)
        if why is None:
            return
        time.sleep(0.1)
    raise SystemExit(f"failed however often it was repeated: {arguments} {why}")


def work(world, tally, part):
    got = world.path(f"got-{part}")
    for n in range(CALLS):
        text = f"{part} {n} ".encode() * 1000
        repeat(world, tally, "put", "-q", "-", f"tug://{world.host}/file-{part}", data=text)
        repeat(world, tally, "get", "-q", f"tug://{world.host}/file-{part}", got)
        if Path(got).read_bytes() != text:
            raise SystemExit("failed: what was put is not what came")
        name = f"{part}-{n}"
        lost = call(world, tally, "exec", world.host, "--", "sh", "-c", f"echo {name} >>ran")
        tally.add(name, lost is None)


def under_load(world, tally, name, meanwhile=lambda busy: None):
    failures = []

    def guarded(part):
        try:
            work(world, tally, part)
        except SystemExit as e:
            failures.append(str(e))

    workers = [threading.Thread(target=guarded, args=(f"{name}{n}",)) for n in range(WORKERS)]
    for one in workers:
        one.start()
    try:
        meanwhile(lambda: any(w.is_alive() for w in workers))
    finally:
        for one in workers:
            one.join()
    if failures:
        raise SystemExit(failures[0])


def all_is_well(world, tally):
    under_load(world, tally, "well")
    if tally.lost:
        raise SystemExit("failed: calls were lost while all was well")


def connections_are_spread(world):
    """The next one goes where the fewest are."""
    world.await_quiet()
    held = [world.hold() for _ in range(2 * len(REPLICAS))]
    for name in REPLICAS:
        eventually(f"{name} has two connections: {world.sessions()}", lambda name=name: world.sessions()[name] == 2)
    for one in held:
        world.finish(one)


def the_audit_has_the_client(world):
    """A client of another address of this host: what the audit says is that one, not HAProxy's."""
    world.say_hello_from("127.0.0.9")
    eventually("the audit has the address of the client",
               lambda: any('"peer":"127.0.0.9:' in world.audit(name) for name in REPLICAS))


def one_is_taken_out(world):
    """By hand, and by its end: it gets no new connection, and what it has goes on."""
    world.await_quiet()
    held = {world.replica_of(one): one for one in (world.hold() for _ in REPLICAS)}
    if sorted(held) != sorted(REPLICAS):
        raise SystemExit(f"failed: three connections are on {sorted(held)}")
    world.admin("set server tugd/a state drain")
    world.running["b"].process.send_signal(signal.SIGTERM)
    eventually("b gets no more", lambda: world.status()["b"].startswith("DOWN"))
    for _ in range(6):
        one = world.hold()
        if world.replica_of(one) != "c":
            raise SystemExit("failed: a tugd that was taken out got a connection")
        world.finish(one)
    for one in held.values():
        world.finish(one)
    if world.running["b"].process.wait(60) != 0:
        raise SystemExit("failed: b did not end well")
    world.start("b")
    world.admin("set server tugd/a state ready")
    for name in REPLICAS:
        eventually(f"{name} is back", lambda name=name: world.status()[name] == "UP")


def replicas_go(world):
    def meanwhile(busy):
        dice = random.Random(1)
        while busy():
            name = dice.choice(REPLICAS)
            gone = world.running[name].process
            gone.send_signal(dice.choice([signal.SIGKILL, signal.SIGTERM]))
            gone.wait(60)
            world.start(name)
            eventually(f"{name} is back", lambda: world.status()[name] == "UP" or not busy())
    return meanwhile


def check_commands(world, tally):
    ran = Path(world.path("root/ran")).read_text(encoding="ascii").split()
    if len(set(ran)) != len(ran):
        raise SystemExit("failed: a command ran twice")
    if missing := set(tally.done) - set(ran):
        raise SystemExit(f"failed: these did not run and were called a success: {missing}")
    print(f"{len(tally.asked)} commands: {len(tally.done)} succeeded, {len(ran)} ran; "
          f"{tally.lost} calls were lost, and said so")


def main():
    if not shutil.which("haproxy", path="/usr/sbin:/usr/bin:/sbin:/bin"):
        print("no haproxy here")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="tug-haproxy-") as directory:
        with World(Path(sys.argv[1]).resolve(), directory) as world:
            tally = Tally()
            all_is_well(world, tally)
            connections_are_spread(world)
            the_audit_has_the_client(world)
            one_is_taken_out(world)
            under_load(world, tally, "going", replicas_go(world))
            check_commands(world, tally)


main()
