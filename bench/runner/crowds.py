"""Many hosts: a pool of which some are dead, hang or are slow, and one command on 200."""

import contextlib
import signal
import threading

from host import Daemon, run_json, run_timed
from results import ALONE, SLOWEST, TUG, Work, contest
from tugd import Tugd

POOL_SECONDS = 4
CHANGE_AFTER_S = 1  # hosts die, and hang, while calls are on them
SLOW_MS = 10        # each way
CROWD = 200
SLOW_HOST_S = 2


def crowd(bench, stack, count):
    """So many daemons, each with a root of its own."""
    out = []
    for number in range(count):
        root = bench.tmpfs / f"host{number}"
        root.mkdir(exist_ok=True)
        out.append(stack.enter_context(Tugd(bench, root)))
    return out


def pool_load(bench, keys, addresses):
    argv = [bench.bin / "tug-bench", "--key-file", keys, "pool", ",".join(addresses), "--depth", 4, "--seconds", POOL_SECONDS]
    return run_json(argv)


def with_bad_hosts(bench, good):
    """The same load where one more host dies while it goes on, one hangs, and one is far away."""
    with contextlib.ExitStack() as stack:
        dead, hung, slow = crowd(bench, stack, 3)
        far = stack.enter_context(Daemon([bench.bin / "bench-delay-proxy", slow.address.rsplit(":", 1)[1], SLOW_MS])).port()

        def change():
            dead.process.kill()
            hung.process.send_signal(signal.SIGSTOP)

        timer = threading.Timer(CHANGE_AFTER_S, change)
        timer.start()
        try:
            return pool_load(bench, dead.keys, [*good, dead.address, hung.address, f"127.0.0.1:{far}"])
        finally:
            timer.join()
            hung.process.send_signal(signal.SIGCONT)


def measure_pool(bench, stack):
    hosts = crowd(bench, stack, 3)
    good, keys = [host.address for host in hosts], hosts[0].keys

    def p99(run):
        return run["p99_us"], run

    work = Work("pool", "crowds", "p99 of a pool of 3 hosts, stat of /, with a dead, a hung and a slow one beside them", "µs", False)
    return contest(work, {TUG: lambda: p99(with_bad_hosts(bench, good)), ALONE: lambda: p99(pool_load(bench, keys, good))}, bench.rounds)


def fan_out(bench, keys, addresses):
    """Seconds of a command on all of them; on the last of them it takes SLOW_HOST_S."""
    return run_timed([bench.bin / "tug", "--key-file", keys, "-q", "exec", "--on", ",".join(addresses), "--", "sh", "-c",
                      f"test ! -e slow || sleep {SLOW_HOST_S}"])


def measure_fan_out(bench, stack):
    hosts = crowd(bench, stack, CROWD)
    (bench.tmpfs / f"host{CROWD - 1}" / "slow").touch()
    addresses, keys = [host.address for host in hosts], hosts[0].keys
    work = Work("fan-out", "crowds", f"one command on {CROWD} hosts, the slowest of which needs {SLOW_HOST_S} s for it", "s", False)
    return contest(work, {TUG: lambda: fan_out(bench, keys, addresses),
                          SLOWEST: lambda: 1.2 * fan_out(bench, keys, addresses[-1:]) + 0.005 * CROWD}, bench.rounds)


def measure(bench, stack):
    yield measure_pool(bench, stack)
    yield measure_fan_out(bench, stack)
