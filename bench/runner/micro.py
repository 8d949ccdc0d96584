"""Google Benchmark of single steps of the protocol."""

import json

from host import CLIENT_CORE, run
from results import Missing, Work

PROGRAM = "tug-bench-micro"


def measure(bench, _):
    """Works without peers: ns a step, or GiB/s where it takes bytes."""
    program = bench.bin / PROGRAM
    steps = Work("micro-steps", "micro", "step", "ns", higher_is_better=False)
    digests = Work("micro-digests", "micro", "digest", "GiB/s")
    if not program.exists():
        steps.missing[PROGRAM] = Missing("was not built: libbenchmark-dev").reason
        return [steps]
    seconds = 0.5 if bench.full else 0.1
    out = json.loads(run([program, "--benchmark_format=json", f"--benchmark_min_time={seconds}"], CLIENT_CORE))
    for b in out["benchmarks"]:
        name = b["name"].replace("/", " ").replace("_", " ")
        if b.get("error_occurred"):
            raise RuntimeError(f"{name}: {b['error_message']}")
        if "bytes_per_second" in b:
            digests.add(name.removeprefix("digest of "), b["bytes_per_second"] / (1 << 30))
        else:
            steps.add(name, 1e9 / b["items_per_second"])
    return [steps, digests]
