"""Files and output over long links, TLS, and whole processes, against curl from nginx, scp, ssh and docker exec."""

import contextlib
import copy

from host import Daemon, check_same, make_file, remove, run, run_timed, warm_pages, MIB
from results import CURL, DOCKER, SCP, SSH, TUG, WIDE_TUG, Missing, Work, contest
from services import docker, lacking, sshd, start_nginx
from tugd import Tugd

LINK_MIB = 200
WIDE = 256 * MIB  # --max-window on both sides
NEW_SSH = "ssh, a connection each"


def delayed(bench, stack, port, round_trip_ms):
    """The port of a proxy before `port`, on the core of the servers."""
    return stack.enter_context(Daemon([bench.bin / "bench-delay-proxy", port, round_trip_ms / 2])).port()


def at_port(server, port):
    """The words for the same sshd at another port."""
    other = copy.copy(server)
    other.port = port
    return other


def with_default_cipher(server):
    other = copy.copy(server)
    other.options = server.options[:-2]
    return other


class Files:
    """A large file on either side, and transfers of it that are checked."""

    def __init__(self, bench, mib):
        self.size = mib * MIB
        self.here, self.there = bench.tmpfs / "here", bench.tmpfs / "there"
        self.here.mkdir()
        self.there.mkdir()
        make_file(self.there / "source", self.size)
        make_file(self.here / "source", self.size)

    def remove(self):
        remove(self.here)
        remove(self.there)

    def once(self, put, transfer):
        source, target = (self.here, self.there) if put else (self.there, self.here)

        def one():
            warm_pages(self.here, self.size)
            got = transfer()
            check_same(source / "source", target / "target")
            remove(target / "target")
            return got
        return one

    def timed(self, argv):
        return lambda: self.size / MIB / run_timed(argv)

    def scp(self, server, put):
        what = (self.here / "source", f":{self.there}/target") if put else (f":{self.there}/source",
                                                                           self.here / "target")
        return self.once(put, self.timed(server.scp(*what)))

    def tug(self, tugd, put, *flags):
        def transfer():
            what = ("put", self.here / "source", "target") if put else ("get", "source", self.here / "target")
            got = tugd.bench(*what, *flags)
            return got["best"], got
        return self.once(put, transfer)


def puts_at_once(bench, there, trip):
    """MiB that a fresh tugd grows by while 64 files of 8 MiB come in at once over a long link."""
    source = bench.tmpfs / "many"
    source.mkdir()
    (there / "many").mkdir()
    for i in range(64):
        make_file(source / str(i), 8 * MIB)

    def once():
        with contextlib.ExitStack() as own:
            tugd = own.enter_context(Tugd(bench, there))
            tugd.address = f"127.0.0.1:{delayed(bench, own, int(tugd.address.rsplit(':', 1)[1]), trip)}"
            got = tugd.bench("files", "put", source, "many", "--depth", 64)
        return (got["rss_peak_kib"] - got["rss_start_kib"]) / 1024, got
    return once


def links(bench, stack):
    files = Files(bench, LINK_MIB)
    stack.callback(files.remove)
    tugd = stack.enter_context(Tugd(bench, files.there))
    # 64 MiB in a round trip of 200 ms are 320 MiB/s, and two trips go before the first of them: 200 MiB cannot be as fast
    # as over TCP alone, whatever the windows do. With these they can.
    wide = stack.enter_context(Tugd(bench, files.there, flags=("--max-window", WIDE)))
    shell = sshd(bench, stack)
    nginx = lacking("nginx", "curl")
    if not nginx:
        daemon, url = start_nginx(bench, files.there)
        stack.enter_context(daemon)
        nginx_port = int(url.rsplit(":", 1)[1])
    for trip in (50, 200):
        with contextlib.ExitStack() as own:
            far = copy.copy(tugd)
            far.address = f"127.0.0.1:{delayed(bench, own, int(tugd.address.rsplit(':', 1)[1]), trip)}"
            far_wide = copy.copy(wide)
            far_wide.address = f"127.0.0.1:{delayed(bench, own, int(wide.address.rsplit(':', 1)[1]), trip)}"
            far_shell = shell if isinstance(shell, Missing) else at_port(shell, delayed(bench, own, shell.port, trip))
            if not nginx:
                far_url = f"http://127.0.0.1:{delayed(bench, own, nginx_port, trip)}"
            for put in (False, True):
                curl = nginx or files.once(put, files.timed(["curl", "-sS", "--fail", *(
                    ["-T", files.here / "source", f"{far_url}/target"] if put else
                    ["-o", files.here / "target", f"{far_url}/source"])]))
                yield contest(
                    Work(f"{'put' if put else 'get'}-{trip}ms", "links",
                         f"{'put' if put else 'get'} {LINK_MIB} MiB, round trip {trip} ms", "MiB/s"),
                    {TUG: files.tug(far, put), WIDE_TUG: files.tug(far_wide, put, "--max-window", WIDE), CURL: curl,
                     SCP: shell if isinstance(shell, Missing) else files.scp(far_shell, put)}, bench.rounds)
            if trip == 50:
                yield contest(Work("puts-50ms", "links", "memory for 64 puts at once, round trip 50 ms", "MiB",
                                   higher_is_better=False), {TUG: puts_at_once(bench, files.there, trip)}, bench.rounds)
                yield contest(Work("output-50ms", "links", f"output of {LINK_MIB} MiB, round trip 50 ms", "MiB/s"),
                              {TUG: lambda: far.bench("output", "--bytes", files.size)["rate"],
                               "tug get": files.tug(far, False)}, bench.rounds)


def certificate(bench):
    """A certificate for 127.0.0.1 that is its own CA, and its key."""
    made, key = bench.scratch / "tls.pem", bench.scratch / "tls.key"
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
         "-keyout", key, "-out", made, "-subj", "/CN=tugd", "-addext", "subjectAltName=IP:127.0.0.1"])
    key.chmod(0o600)
    return made, key


def tls(bench, stack):
    files = Files(bench, bench.transfer_mib)
    stack.callback(files.remove)
    made, key = certificate(bench)
    tugd = stack.enter_context(Tugd(bench, files.there, flags=("--tls-cert", made, "--tls-key", key)))
    shell = sshd(bench, stack)
    for put in (False, True):
        peers = {TUG: files.tug(tugd, put, "--tls-ca", made)}
        if put:
            peers["tug get"] = files.tug(tugd, False, "--tls-ca", made)
        peers[SCP] = shell if isinstance(shell, Missing) else files.scp(with_default_cipher(shell), put)
        yield contest(Work(f"tls-{'put' if put else 'get'}", "tls",
                           f"TLS 1.3 {'put' if put else 'get'}, {bench.transfer_mib} MiB", "MiB/s"), peers, bench.rounds)


def processes(bench, stack):
    """A whole client process that runs `true`, ms: the least of a few."""
    tugd = stack.enter_context(Tugd(bench, bench.tmpfs))
    shell, container = sshd(bench, stack), docker(stack)

    def of(argv):
        return lambda: min(run_timed(argv) for _ in range(5)) * 1000
    one = {TUG: of([bench.bin / "tug", "--key-file", tugd.keys, "exec", tugd.address, "--", "true"])}
    if isinstance(shell, Missing):
        one[SSH] = one[NEW_SSH] = shell
    else:
        shell.share(stack)
        one[SSH], one[NEW_SSH] = of(shell.shared("true")), of(shell.ssh("true"))
    one[DOCKER] = container if isinstance(container, Missing) else of(["docker", "exec", container, "true"])
    yield contest(Work("process", "links", "a client process that runs true", "ms", higher_is_better=False), one,
                  bench.rounds)


def measure(bench, stack):
    for part in (links, processes, tls):
        with contextlib.ExitStack() as own:
            yield from part(bench, own)
