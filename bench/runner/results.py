"""What was measured, and what must hold of it."""

import statistics
from dataclasses import dataclass, field

TUG = "tug"


@dataclass
class Entry:
    """All runs of one contestant at one work; `value` is the median."""
    name: str
    values: list = field(default_factory=list)
    runs: list = field(default_factory=list)  # the JSON of each run

    @property
    def value(self):
        return statistics.median(self.values)

    def metric(self, key):
        return statistics.median(run[key] for run in self.runs)


@dataclass
class Work:
    """One line of work that several contestants did in turn."""
    id: str
    group: str
    title: str
    unit: str
    higher_is_better: bool = True
    entries: dict = field(default_factory=dict)
    missing: dict = field(default_factory=dict)  # name -> why

    def add(self, name, value, run=None):
        entry = self.entries.setdefault(name, Entry(name))
        entry.values.append(value)
        entry.runs.append(run or {})

    def ratio(self, name):
        """tug's figure over that of `name`, or None."""
        if TUG not in self.entries or name not in self.entries or not self.entries[name].value:
            return None
        return self.entries[TUG].value / self.entries[name].value


@dataclass
class Missing:
    """A contestant that cannot take part, and why."""
    reason: str


def contest(work, contestants, rounds):
    """Lets all of them run in turn, `rounds` times. A contestant is a Missing, or a function that gives a figure, or a
    figure and the JSON it comes from."""
    for name, one in contestants.items():
        if isinstance(one, Missing):
            work.missing[name] = one.reason
    for _ in range(rounds):
        for name, one in contestants.items():
            if isinstance(one, Missing):
                continue
            got = one()
            value, run = got if isinstance(got, tuple) else (got, {})
            work.add(name, value, run)
    return work


@dataclass
class Requirement:
    """`metric` of tug at a work, over that of the best of `peers` there, must be at least or at most `factor`. Without
    peers, the figure itself must be."""
    work: str
    text: str
    peers: tuple
    at_least: float = None
    at_most: float = None
    metric: str = None  # a key of the JSON; the work's own figure where None
    of: str = TUG       # another contestant in tug's place

    def check(self, works):
        """(figure, holds), or None where something for it was not measured."""
        work = works.get(self.work)
        if work is None or self.of not in work.entries or any(p not in work.entries for p in self.peers):
            return None
        figure = self._figure(work.entries[self.of])
        if self.peers:
            best = (max if work.higher_is_better and not self.metric else min)
            figure /= best(self._figure(work.entries[p]) for p in self.peers)
        holds = (self.at_least is None or figure >= self.at_least) and (self.at_most is None or figure <= self.at_most)
        return figure, holds

    def _figure(self, entry):
        return entry.metric(self.metric) if self.metric else entry.value

    @property
    def bound(self):
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"


RAW, GRPC, CAPNP = "raw epoll", "gRPC", "Cap'n Proto"
COPY, SPLICE, CURL, RSYNC, SCP = "raw copy", "raw splice", "nginx + curl", "rsync", "scp"
FIND = "find -printf"
SPAWN, RELAY, SSH, DOCKER = "posix_spawn", "raw relay", "ssh", "docker exec"
RELAYS = "two raw relays"
CROWDED, HEAVY = "tug, 5,000 idle", "tug, 200 MiB"
DURABLE = "tug exec, and 3 fsync"
EXEC, READ, DISK_JOBS = "tug exec", "tug get", "tug, jobs on a disk"
ALONE, SLOWEST = "good hosts alone", "1.2 x slowest + 5 ms each"
WIDE_TUG = "tug, --max-window 256 MiB"
FILES_GET, FILES_PUT = "files-get-tmpfs", "files-put-tmpfs"

REQUIREMENTS = [
    Requirement("rpc-1x64", "1 x 64: calls/s, x raw epoll", (RAW,), at_least=0.45),
    Requirement("rpc-1x64", "1 x 64: calls/s, x gRPC", (GRPC,), at_least=4.5),
    Requirement("rpc-1x64", "1 x 64: calls/s, x Cap'n Proto", (CAPNP,), at_least=4),
    Requirement("rpc-8x64", "8 x 64: calls/s, x raw epoll", (RAW,), at_least=0.10),
    Requirement("rpc-8x64", "8 x 64: server CPU µs a call", (), at_most=0.8, metric="server_us_each"),
    # The same where raw epoll takes other than the 0.1 µs a call that the 0.8 µs were meant for.
    Requirement("rpc-8x64", "8 x 64: server CPU a call, x raw epoll", (RAW,), at_most=8, metric="server_us_each"),
    Requirement("rpc-50x1", "50 x 1: calls/s, x raw epoll", (RAW,), at_least=0.78),
    Requirement("rpc-50x1", "50 x 1: calls/s, x gRPC", (GRPC,), at_least=3),
    Requirement("rpc-50x1", "50 x 1: server CPU a call, x raw epoll", (RAW,), at_most=1.25, metric="server_us_each"),
    Requirement("rpc-1x1-core", "1 x 1, one core: p50, x raw epoll", (RAW,), at_most=1.5),
    Requirement("rpc-1x1", "1 x 1, two cores: p50, x raw epoll", (RAW,), at_most=1.06),
    Requirement("get-tmpfs", "get: MiB/s, x nginx + curl", (CURL,), at_least=1.3),
    Requirement("get-tmpfs", "get: MiB/s, x best raw loop", (COPY, SPLICE), at_least=0.85),
    Requirement("put-tmpfs", "put: MiB/s, x curl -T to nginx", (CURL,), at_least=1.4),
    Requirement("put-tmpfs", "put: MiB/s, x rsync", (RSYNC,), at_least=1.5),
    Requirement("put-tmpfs", "put: MiB/s, x best raw loop", (COPY, SPLICE), at_least=0.85),
    Requirement(FILES_PUT, "10,000 files put: time, x rsync -rW", (RSYNC,), at_most=1.0),
    Requirement(FILES_GET, "10,000 files get: time, x rsync -rW", (RSYNC,), at_most=1.0),
    *(Requirement(f"tree-{way}-tmpfs", f"a tree of 10,000 files, {way}: time, x {text}", (peer,), at_most=factor)
      for way in ("put", "get") for peer, text, factor in ((RSYNC, "rsync -rW", 0.4), ("cp -r", "cp -r", 2.5))),
    Requirement("tree-same-tmpfs", "the same tree again: time, x rsync -rt", (RSYNC,), at_most=0.8),
    Requirement("tree-ten-tmpfs", "the same tree, 10 files changed: time, x rsync -rt", (RSYNC,), at_most=0.8),
    *(Requirement(f"delta-{way}-{edit}", f"{way} --delta, {text}: bytes sent over bytes changed", (), at_most=1.3)
      for way in ("put", "get") for edit, text in (("change", "1 % changed"), ("append", "1 MiB appended"))),
    *(Requirement(f"delta-sync-{way}", f"sync --delta, {way}, 1 % changed: bytes sent over bytes changed", (), at_most=1.3)
      for way in ("put", "get")),
    *(Requirement(f"tree-{way}-50ms", f"a tree of 10,000 files, {way} over 50 ms: time, x {peer}", (peer,), at_most=factor)
      for way in ("put", "get") for peer, factor in (("tar over ssh", 1.5), (RSYNC, 1.0))),
    Requirement("tree-list-tmpfs", "100,000 entries listed: time, x find -printf", (FIND,), at_most=1.5),
    Requirement("tree-rss", "RSS growth of tugd or tug at trees: MiB", (), at_most=24),
    Requirement("exec", "/bin/true: per s, x posix_spawn", (SPAWN,), at_least=0.85),
    Requirement("exec", "with 5,000 idle connections, x without", (TUG,), at_least=0.9, of=CROWDED),
    Requirement("exec", "with 200 MiB in tugd, x without", (TUG,), at_least=0.9, of=HEAVY),
    Requirement("exec-64", "/bin/true, 64 in flight: per s, x posix_spawn", (SPAWN,), at_least=0.9),
    Requirement("job-start", "start of a job: p50, x exec of the same", (EXEC,), at_most=1.5),
    Requirement("job-start", "start of a job on a disk: p50, x exec and its syncs", (DURABLE,), at_most=1.5, of=DISK_JOBS),
    Requirement("job-list", "4,096 jobs that are kept, listed: ms", (), at_most=50),
    Requirement("job-attach", "all that a job has kept: MiB/s, x get of the same", (READ,), at_least=0.85),
    Requirement("output", "output: MiB/s, x raw relay", (RELAY,), at_least=0.85),
    Requirement("tunnel", "a tunnel: MiB/s, x two raw relays", (RELAYS,), at_least=0.85),
    Requirement("output", "output: MiB/s, x ssh", (SSH,), at_least=1.6),
    *(Requirement(f"{way}-{trip}ms", f"{way} over {trip} ms: MiB/s, x {text}", (peer,), at_least=factor)
      for trip in (50, 200) for way in ("get", "put")
      for peer, text, factor in ((CURL, "nginx + curl", 0.9), (SCP, SCP, 5)) if (trip, peer) != (200, CURL)),
    # 64 MiB in a round trip of 200 ms are less than curl reaches, whatever is done with them.
    *(Requirement(f"{way}-200ms", f"{way} over 200 ms, --max-window 256 MiB: MiB/s, x nginx + curl", (CURL,),
                  at_least=0.9, of=WIDE_TUG) for way in ("get", "put")),
    # The budget of a connection, and what tugd may need beside it.
    Requirement("puts-50ms", "64 puts at once over 50 ms: RSS growth, MiB", (), at_most=76),
    Requirement("pool", "p99 with a dead, a hung and a slow host, x good ones alone", (ALONE,), at_most=1.5),
    Requirement("fan-out", "a command on 200 hosts: time, x (1.2 x slowest + 5 ms each)", (SLOWEST,), at_most=1),
    Requirement("output-50ms", "output over 50 ms: MiB/s, x tug get", ("tug get",), at_least=0.9),
    Requirement("process", "a client process: ms, x ssh on a shared connection", (SSH,), at_most=1),
    Requirement("process", "a client process: ms, x docker exec", (DOCKER,), at_most=1),
    Requirement("tls-get", "TLS get: MiB/s, x scp", (SCP,), at_least=1.5),
    Requirement("tls-put", "TLS put: MiB/s, x scp", (SCP,), at_least=1.5),
    Requirement("tls-put", "TLS put: MiB/s, x get", ("tug get",), at_least=0.8),
    Requirement("idle", "10,000 idle connections: KiB each", (), at_most=6),
    Requirement("idle", "10,000 idle connections: CPU %", (), at_most=0.5, metric="cpu_percent"),
    Requirement("rss", "RSS growth at put, get, output: MiB", (), at_most=12),
]
