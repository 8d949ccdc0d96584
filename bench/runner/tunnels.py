"""What a server sends, through a tunnel, through two programs that do nothing but pass bytes on, and through ssh."""

import re
import socket

from commands import relay_once
from host import CLIENT_CORE, Daemon, free_port, MIB
from results import RELAY, RELAYS, SSH, TUG, Missing, Work, contest
from services import sshd
from tugd import Tugd


def forwarded(bench, stack, tugd, port):
    """The port of this side that `tug forward` leads from."""
    tug = stack.enter_context(Daemon([bench.bin / "tug", "--key-file", tugd.keys, "forward", tugd.address, "-L",
                                      f"127.0.0.1:0:127.0.0.1:{port}"], CLIENT_CORE))
    return int(re.search(r"127\.0\.0\.1:(\d+) ->", tug.line()).group(1))


def relayed(bench, stack, port):
    """Two relays, as a tunnel has two ends: one on the core of the servers, one on that of the clients."""
    for core in (None, CLIENT_CORE):
        argv = [bench.bin / "bench-delay-proxy", port, 0]
        port = stack.enter_context(Daemon(argv, core) if core is not None else Daemon(argv)).port()
    return port


def is_taken(port):
    """Without a connection, which ssh would make on to a server that gives each all that it has."""
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def by_ssh(bench, stack, shell, port):
    if isinstance(shell, Missing):
        return shell
    here = free_port()
    daemon = stack.enter_context(Daemon(shell.ssh("-N", "-L", f"127.0.0.1:{here}:127.0.0.1:{port}"), CLIENT_CORE))
    daemon.answers(lambda: is_taken(here))
    return relay_once(bench, here)


def measure(bench, stack):
    size = bench.transfer_mib * MIB
    server = stack.enter_context(Daemon([bench.bin / "bench-raw-relay", "serve", size])).port()
    tugd = stack.enter_context(Tugd(bench, bench.tmpfs))
    work = Work("tunnel", "tunnels", f"what a server sends through a tunnel, {bench.transfer_mib} MiB", "MiB/s")
    yield contest(work, {
        TUG: relay_once(bench, forwarded(bench, stack, tugd, server)),
        RELAYS: relay_once(bench, relayed(bench, stack, server)), RELAY: relay_once(bench, server),
        SSH: by_ssh(bench, stack, sshd(bench, stack), server)}, bench.rounds)
