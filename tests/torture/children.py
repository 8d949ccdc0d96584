#!/usr/bin/env python3
"""Hostile commands by the hundred, and then the client is gone: nothing may be left of them.

usage: children.py BUILD_DIRECTORY [COUNT]

Starts tugd three times: as it is, without cgroups, and as PID 1 of a namespace of its own (where that may be made).
Together they run COUNT commands (1,000) that fork, hide, ignore signals, stop, and hold their pipes; some end before,
and the connections are closed while the rest runs. 6 s later, on a slow machine more, no process of theirs may run, no zombie may be there, and no
command may have seen another descriptor than 0, 1 and 2. Prints a line of figures; status 1 where one is wrong.
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

CONNECTIONS = 25  # with each of HOSTILE on every one at the same time
ALL_GONE = 6.0  # where a process takes a millisecond: longer on a slower machine
PATIENCE = 40.0

# MARK is the argument of sleep by which the processes are known; none of these lasts by itself.
HOSTILE = [
    "trap '' TERM INT HUP; sleep MARK & sleep MARK",
    "trap '' TERM; setsid sleep MARK & setsid setsid sleep MARK & wait",
    "for i in 1 2 3; do (setsid sh -c '(sleep MARK &)' &); done; exec sleep MARK",
    "setsid sh -c 'sleep MARK & kill -STOP $$' & sleep MARK & kill -STOP $$",
    "exec <&- >&- 2>&-; setsid sleep MARK & exec sleep MARK",
    "sleep MARK & setsid sleep MARK & (sleep MARK &); exec sleep MARK",
    "(trap '' TERM; setsid sh -c 'kill -KILL '$$'; exec sleep MARK' &); exec sleep MARK",
    "trap '' TERM; yes & yes >&2 & setsid sleep MARK & sleep MARK",
    "n=0; while [ $n -lt 20 ]; do (setsid sleep MARK &); n=$((n+1)); done; exec sleep MARK",
    "hop() { [ $1 -gt 0 ] || exec sleep MARK; (hop $(($1 - 1)) &); }; trap '' TERM; hop 50 & setsid sleep MARK",
    "setsid sleep MARK & (setsid sleep MARK &); exit 3",
]
DESCRIPTORS = "ls /proc/$$/fd"


class Client:
    """As much of the protocol as this needs; waits for answers, gives no credit."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.buffer = b""
        self.last = 0
        self.output = {}
        self.receive()  # rpc.hello

    def send(self, envelope):
        text = json.dumps({"jsonrpc": "2.0", **envelope}).encode()
        self.socket.sendall(struct.pack(">II", len(text), 0) + text)

    def take(self, size):
        while len(self.buffer) < size:
            piece = self.socket.recv(1 << 20)
            if not piece:
                raise EOFError("tugd closed the connection")
            self.buffer += piece
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def receive(self):
        envelope_size, body_size = struct.unpack(">II", self.take(8))
        envelope = json.loads(self.take(envelope_size))
        return envelope, self.take(body_size)

    def start(self, script):
        self.last += 1
        self.send({"id": self.last, "method": "exec", "params": {"shell": script}})
        return self.last

    def wait(self, call):
        while True:
            envelope, body = self.receive()
            params = envelope.get("params", {})
            if envelope.get("method") == "rpc.data":
                self.output[params["call"]] = self.output.get(params["call"], b"") + body
            if envelope.get("id") == call:
                return envelope


def processes_with(text):
    """Pids of processes that have this in an argument, and of their zombies none: these have no arguments."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if text.encode() in file.read():
                        found.append(int(name))
            except OSError:
                pass
    return found


def zombies_of(parent):
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                    fields = file.read().rpartition(")")[2].split()
                count += fields[0] == "Z" and int(fields[1]) == parent
            except OSError:
                pass
    return count


def eventually(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)  # no event tells of a stranger's end, and a look costs much
    return True


def slowness():
    """How many milliseconds a process takes here from its start to its end; at least 1."""
    count = 200
    begin = time.monotonic()
    for _ in range(count):
        os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)
    return max(1.0, (time.monotonic() - begin) * 1000 / count)


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


class Tugd:
    def __init__(self, build, directory, arguments, namespace):
        self.path = os.path.join(directory, "socket")
        argv = [os.path.join(build, "bin", "tugd"), "--listen", "unix:" + self.path, "--root", directory, "--no-auth",
                "--max-commands", "100000", *arguments]
        if namespace:
            argv = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *argv]
        with open(os.path.join(directory, "log"), "wb") as log:
            self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log)
        if b"listening" not in self.process.stdout.readline():
            raise RuntimeError("tugd did not start")
        self.pid = child_of(self.process.pid) if namespace else self.process.pid

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(PATIENCE)


def torture(build, count, arguments, namespace, all_gone):
    mark = f"{os.getpid()}{time.monotonic_ns() % 10**9}"
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        tugd = Tugd(build, directory, arguments, namespace)
        try:
            watcher = Client(tugd.path)
            started = 0
            foreign = 0
            containment = "?"
            batch = CONNECTIONS * len(HOSTILE)
            begin = time.monotonic()
            slowest = 0.0
            while started < count:
                clients = [Client(tugd.path) for _ in range(CONNECTIONS)]
                now = min(batch, count - started)
                for n in range(now):
                    clients[n % CONNECTIONS].start(HOSTILE[(n // CONNECTIONS) % len(HOSTILE)].replace("MARK", mark))
                started += now
                looking = watcher.start(DESCRIPTORS)
                watcher.wait(looking)
                foreign += watcher.output.get(looking, b"").split() != [b"0", b"1", b"2"]
                if not eventually(lambda: len(processes_with(mark)) >= now, PATIENCE):
                    wrong.append("the commands did not start")
                for client in clients:
                    client.socket.close()
                closed = time.monotonic()
                if not eventually(lambda: not processes_with(mark), all_gone):
                    wrong.append(f"{len(processes_with(mark))} survivors after {all_gone:.1f} s")
                slowest = max(slowest, time.monotonic() - closed)
            if not eventually(lambda: zombies_of(tugd.pid) == 0, all_gone):
                wrong.append(f"{zombies_of(tugd.pid)} zombies")
            if foreign:
                wrong.append(f"{foreign} commands had foreign descriptors")
            result = watcher.wait(watcher.start("true"))["result"]
            containment = result["containment"]
            with open(os.path.join(directory, "log"), encoding="utf-8") as log:
                survivors = len(re.findall(r"\bsurvivors\b", log.read()))
            if survivors:
                wrong.append(f"tugd reports {survivors} trees that it could not end")
            if tugd.stop() != 0:
                wrong.append("tugd did not end well")
        finally:
            if tugd.process.poll() is None:
                tugd.process.kill()
                tugd.process.wait()
            for pid in processes_with(mark):
                os.kill(pid, signal.SIGKILL)
        figures = (f"{started} by {containment}{' as PID 1' if namespace else ''}: gone after {slowest:.1f} s at most, "
                   f"{time.monotonic() - begin:.0f} s in all")
    return figures, wrong


def may_unshare():
    return subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) == 3 else 1000
    forms = [([], False), (["--cgroup", "off"], False)]
    if may_unshare():
        forms.append((["--cgroup", "off"], True))
    lines = []
    failures = []
    all_gone = ALL_GONE * slowness()
    for arguments, namespace in forms:
        figures, wrong = torture(build, -(-count // len(forms)), arguments, namespace, all_gone)
        lines.append(figures)
        failures += [f"{figures}: {text}" for text in wrong]
    if not may_unshare():
        lines.append("not as PID 1, which needs the right to make namespaces")
    print("children: " + "; ".join(lines) + f"; {len(failures)} failures")
    for text in failures:
        print("  " + text, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
