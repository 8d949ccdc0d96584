"""/bin/true in sequence, and the output of a command, against posix_spawn, a raw relay, ssh and docker exec."""

import contextlib
import subprocess

from host import CLIENT_CORE, SERVER_CORE, Daemon, run_json, run_timed, MIB
from results import CROWDED, DOCKER, HEAVY, RELAY, SPAWN, SSH, TUG, Missing, Work, contest
from services import docker, sshd
from tugd import Tugd

IDLE = 5000
BALLAST_MIB = 200


def exec_once(tugd, count, depth=1):
    def once():
        got = tugd.bench("exec", "--count", count, "--depth", depth)
        return got["rate"], got
    return once


def with_idle(tugd, count):
    def once():
        with tugd.idle(IDLE):
            return exec_once(tugd, count)()
    return once


def repeated(argv, times):
    """Commands a second, each by a new client process."""
    def once():
        return times / sum(run_timed(argv) for _ in range(times))
    return once


def raw_spawn(bench, count, in_flight=1):
    def once():
        got = run_json([bench.bin / "bench-raw-spawn", count, in_flight], SERVER_CORE)
        return got["rate"], got
    return once


def relay_once(bench, port):
    def once():
        got = run_json([bench.bin / "bench-raw-relay", "read", port])
        return got["rate"], got
    return once


def output_once(tugd, size):
    def once():
        got = tugd.bench("output", "--bytes", size)
        return got["rate"], got
    return once


def streamed(argv, size):
    """MiB/s of what a program prints, which goes nowhere."""
    return lambda: size / MIB / run_timed(argv, CLIENT_CORE, stdout=subprocess.DEVNULL)


def servers(bench, stack):
    """tugd, an Sshd with its shared connection open, and a container; the last two may be Missing."""
    tugd = stack.enter_context(Tugd(bench, bench.tmpfs))
    shell = sshd(bench, stack)
    if not isinstance(shell, Missing):
        shell.share(stack)
    return tugd, shell, docker(stack)


def measure_commands(bench, stack):
    tugd, shell, container = servers(bench, stack)
    yield commands(bench, tugd, shell, container)
    yield contest(Work("exec-64", "commands", "/bin/true, 64 in flight", "per s"),
                  {TUG: exec_once(tugd, bench.commands * 4, 64), SPAWN: raw_spawn(bench, bench.commands * 4, 64)},
                  bench.rounds)


def measure_output(bench, stack):
    yield output(bench, stack, *servers(bench, stack))


def commands(bench, tugd, shell, container):
    count = bench.commands
    with contextlib.ExitStack() as own:
        heavy = own.enter_context(Tugd(bench, bench.tmpfs, BALLAST_MIB))
        return contest(Work("exec", "commands", "/bin/true in sequence", "per s"), {
            TUG: exec_once(tugd, count), CROWDED: with_idle(tugd, count), HEAVY: exec_once(heavy, count),
            SPAWN: raw_spawn(bench, count),
            SSH: shell if isinstance(shell, Missing) else repeated(shell.shared("/bin/true"), count // 20),
            DOCKER: container if isinstance(container, Missing) else repeated(
                ["docker", "exec", container, "/bin/true"], count // 50)}, bench.rounds)


def output(bench, stack, tugd, shell, container):
    size = bench.transfer_mib * MIB
    head = ["head", "-c", str(size), "/dev/zero"]
    relay = stack.enter_context(Daemon([bench.bin / "bench-raw-relay", "serve", size]))
    work = Work("output", "output", f"output of a command, {bench.transfer_mib} MiB", "MiB/s")
    return contest(work, {
        TUG: output_once(tugd, size), RELAY: relay_once(bench, relay.port()),
        SSH: shell if isinstance(shell, Missing) else streamed(shell.shared(*head), size),
        DOCKER: container if isinstance(container, Missing) else streamed(
            ["docker", "exec", container, *head], size)}, bench.rounds)
