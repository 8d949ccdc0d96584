"""rpc.ping of 64 bytes against the raw limit, gRPC and Cap'n Proto."""

from host import CLIENT_CORE, SERVER_CORE, Daemon, run_json
from results import CAPNP, GRPC, RAW, TUG, Missing, Work, contest
from tugd import Tugd

PAYLOAD = 64
SHAPES = [("rpc-1x64", 1, 64), ("rpc-8x64", 8, 64), ("rpc-50x1", 50, 1)]


def clients(bench, stack):
    """name -> function of (connections, depth, seconds, core) that gives the JSON of one run."""
    tugd = stack.enter_context(Tugd(bench, bench.tmpfs))
    raw = stack.enter_context(Daemon([bench.bin / "bench-raw-epoll"]))
    raw_port = raw.port()

    def shape(connections, depth, seconds):
        return ["rpc", "--connections", connections, "--depth", depth, "--payload", PAYLOAD, "--seconds", seconds]

    def with_tug(connections, depth, seconds, core):
        return tugd.bench(*shape(connections, depth, seconds), core=core)

    def with_raw(connections, depth, seconds, core):
        return run_json([bench.bin / "tug-bench", "--address", f"127.0.0.1:{raw_port}", "--pid", raw.pid,
                         *shape(connections, depth, seconds), "--raw"], core)

    return {TUG: with_tug, RAW: with_raw, GRPC: grpc(bench, stack), CAPNP: capnp(bench, stack)}


def grpc(bench, stack):
    if not (bench.bin / "bench-grpc-server").exists():
        return Missing("was not built: libgrpc++-dev, libprotobuf-dev, protobuf-compiler-grpc")
    server = stack.enter_context(Daemon([bench.bin / "bench-grpc-server"]))
    port = server.port()
    return lambda connections, depth, seconds, core: run_json(
        [bench.bin / "bench-grpc-client", port, connections, depth, PAYLOAD, seconds, server.pid], core)


def capnp(bench, stack):
    if not (bench.bin / "bench-capnp").exists():
        return Missing("was not built: capnproto, libcapnp-dev")
    server = stack.enter_context(Daemon([bench.bin / "bench-capnp", "serve"]))
    port = server.port()
    return lambda connections, depth, seconds, core: run_json(
        [bench.bin / "bench-capnp", "load", port, connections, depth, PAYLOAD, seconds, server.pid], core)


def measure(bench, stack):
    all_clients = clients(bench, stack)
    seconds = 2 if bench.full else 1

    def contestants(connections, depth, core, key):
        def bound(run):
            def once():
                got = run(connections, depth, seconds, core)
                return got[key], got
            return once
        return {name: c if isinstance(c, Missing) else bound(c) for name, c in all_clients.items()}

    for name, connections, depth in SHAPES:
        work = Work(name, "calls", f"{connections} x {depth} in flight", "calls/s")
        yield contest(work, contestants(connections, depth, CLIENT_CORE, "rate"), bench.rounds)
    for name, core, title in [("rpc-1x1", CLIENT_CORE, "1 x 1, two cores, p50"),
                              ("rpc-1x1-core", SERVER_CORE, "1 x 1, one core, p50")]:
        work = Work(name, "latency", title, "µs", higher_is_better=False)
        yield contest(work, contestants(1, 1, core, "p50_us"), bench.rounds)
