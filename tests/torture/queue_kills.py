#!/usr/bin/env python3
"""10,000 jobs through a queue, while its workers, the tugd and the nats-server are killed 200 times: each job ran once, counted by
the line that it appends to a file, or its end is unknown and told so; none is lost."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from queue_world import Chaos, World, missing
from support.torture import Report, scaled, skip

JOBS, KILLS = scaled(10_000, 50), scaled(200, 3)
WORKERS = 3


def main():
    if why := missing(sys.argv[1]):
        skip(why)
    report = Report()
    world = World(sys.argv[1])
    began = time.monotonic()
    try:
        for _ in range(WORKERS):
            world.worker("--ack-wait", "2")
        chaos = Chaos(world, JOBS, KILLS, seed=16)
        chaos.run()
        wrong, unknown = chaos.wrong()
    finally:
        world.close()
    for text in wrong:
        report.check(False, text)
    killed = ", ".join(f"{count} of a {kind}" for kind, count in sorted(chaos.killed.items()))
    report.end(f"{JOBS} jobs in {time.monotonic() - began:.0f} s, kills: {killed}; {JOBS - unknown} ran once, {unknown} are unknown")


if __name__ == "__main__":
    main()
