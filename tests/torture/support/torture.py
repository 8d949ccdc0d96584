"""What the torture programs share: a tugd of their own, and a client that is written from PROTOCOL.md alone.

A torture program takes the build directory as its argument, ends by itself, prints its figures on its last line, and ends with
0, with 1 where a promise was broken, or with 77 where this machine lacks what it needs. TUG_TORTURE_SCALE divides its figures.
"""

import atexit
import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE = 30  # seconds that anything may take before it counts as hanging
TEMPORARY = ".tug-"


def scaled(figure, least=1):
    """`figure`, or that part of it that TUG_TORTURE_SCALE asks for."""
    return max(least, int(figure / float(os.environ.get("TUG_TORTURE_SCALE", "1"))))


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


class Report:
    """Counts what was found wrong, prints the first of it, and ends the program with the right status."""

    SHOWN = 20

    def __init__(self):
        self.wrong = 0

    def check(self, holds, text):
        if not holds:
            self.wrong += 1
            if self.wrong <= self.SHOWN:
                print(f"WRONG: {text() if callable(text) else text}", flush=True)
        return holds

    def end(self, figures):
        print(f"{figures}, {self.wrong} wrong")
        sys.exit(1 if self.wrong else 0)


# --- the client ---------------------------------------------------------------------------------------------------------


class Gone(Exception):
    """The connection has ended."""


class Refused(Exception):
    """An error in the place of a result."""

    def __init__(self, error):
        self.data = error.get("data", {})
        self.name = self.data.get("name", "")
        super().__init__(f"{self.name}: {error.get('message')}")


def frame(envelope, body=b""):
    text = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    return struct.pack(">II", len(text), len(body)) + text + body


def connect(address, timeout=PATIENCE):
    """A socket to `unix:PATH` or `HOST:PORT`."""
    if address.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        s.connect(address[5:])
        return s
    host, port = address.rsplit(":", 1)
    s = socket.create_connection((host, int(port)), timeout)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


class Key:
    """A key of a client: its id and 32 bytes."""

    def __init__(self, name="k1", secret=None):
        self.name = name
        self.secret = secret or secrets.token_bytes(32)

    def line(self):
        return f"{self.name} {base64.b64encode(self.secret).decode()} exec,put,get\n"

    def login(self, hello):
        """The params of rpc.authenticate for the hello envelope (bytes as they came)."""
        nonce = secrets.token_bytes(32)
        parts = [hello, self.name.encode(), b"hmac-sha256", b"none", b"", nonce]
        transcript = b"tug-auth/1\0" + b"".join(struct.pack(">I", len(p)) + p for p in parts)
        proof = hmac.new(self.secret, b"client\0" + transcript, hashlib.sha256).digest()
        return {"key": self.name, "mechanism": "hmac-sha256", "binding": "none",
                "nonce": base64.b64encode(nonce).decode(), "proof": base64.b64encode(proof).decode()}


class Client:
    """A connection to a tugd over a blocking socket. Every wait is bounded; `socket.timeout` is a hang."""

    WINDOW = 1 << 20

    def __init__(self, address, key=None, timeout=PATIENCE):
        self.socket = address if isinstance(address, socket.socket) else connect(address, timeout)
        self.incoming = b""
        self.next_id = 1
        self.answers = {}
        self.output = {}
        self.credit = {}
        self.hello = self.read_frame()[0]
        if b'"error"' in self.hello:
            raise Refused(json.loads(self.hello)["error"])
        if key:
            self.ask("rpc.authenticate", key.login(self.hello))

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # frames
    def take(self, size):
        parts = [self.incoming]
        had = len(self.incoming)
        while had < size:
            try:
                part = self.socket.recv(max(65536, size - had))
            except (ConnectionError, BrokenPipeError) as e:
                raise Gone(str(e)) from e
            if not part:
                raise Gone("end of input")
            parts.append(part)
            had += len(part)
        data = b"".join(parts)
        self.incoming = data[size:]
        return data[:size]

    def read_frame(self):
        envelope, body = struct.unpack(">II", self.take(8))
        data = self.take(envelope + body)
        return data[:envelope], data[envelope:]

    def send(self, envelope, body=b""):
        try:
            self.socket.sendall(frame(envelope, body))
        except (ConnectionError, BrokenPipeError) as e:
            raise Gone(str(e)) from e

    def notify(self, method, params, body=b""):
        self.send({"jsonrpc": "2.0", "method": method, "params": params}, body)

    # calls
    def call(self, method, params=None):
        number, self.next_id = self.next_id, self.next_id + 1
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}})
        return number

    def step(self):
        """Takes one frame and sorts it in."""
        text, body = self.read_frame()
        e = json.loads(text)
        if "method" not in e:
            if e.get("id") is None:
                raise Refused(e["error"])
            self.answers[e["id"]] = e
            return
        p = e["params"]
        if e["method"] == "rpc.data":
            self.output.setdefault((p["call"], p["stream"]), bytearray()).extend(body)
            if body and not p.get("eof"):
                self.notify("rpc.credit", {"call": p["call"], "stream": p["stream"], "bytes": len(body)})
        elif e["method"] == "rpc.credit":
            self.credit[p["call"]] = self.credit.get(p["call"], 0) + p["bytes"]

    def wait(self, number):
        while number not in self.answers:
            self.step()
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def ask(self, method, params=None):
        return self.wait(self.call(method, params))

    def write(self, number, stream, data, eof=True):
        """Sends it as credit allows; stops where the call is answered early."""
        allowed, at = self.WINDOW, 0
        while number not in self.answers:
            allowed += self.credit.pop(number, 0)
            piece = data[at:at + min(allowed, 262144)]
            last = at + len(piece) == len(data)
            if piece or last:
                params = {"call": number, "stream": stream}
                if last and eof:
                    params["eof"] = True
                self.notify("rpc.data", params, piece)
                at += len(piece)
                allowed -= len(piece)
                if last:
                    return
            else:
                self.step()

    def ping(self):
        return self.ask("rpc.ping", {"payload": "x"}) == "x"

    def put(self, path, data, **more):
        number = self.call("put", {"path": path, "size": len(data), "digest": digest(data), **more})
        self.write(number, "data", data)
        return self.wait(number)

    def get(self, path, **more):
        number = self.call("get", {"path": path, "digest": "sha256", **more})
        result = self.wait(number)
        data = bytes(self.output.pop((number, "data"), b""))
        if result["digest"] != digest(data) or result["bytes"] != len(data):
            raise AssertionError(f"get of {path}: {result} is not true of {len(data)} bytes")
        return data

    def exec(self, *argv, stdin=None, **more):
        """The result, stdout and stderr."""
        number = self.call("exec", {"argv": list(argv), "stdin": stdin is not None, **more})
        if stdin is not None:
            self.write(number, "stdin", stdin)
        result = self.wait(number)
        return (result, *(bytes(self.output.pop((number, s), b"")) for s in ("stdout", "stderr")))


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# --- the daemon ---------------------------------------------------------------------------------------------------------


class Tugd:
    """A real tugd on a Unix socket, and where asked for on a port of 127.0.0.1, with a root directory of its own."""

    def __init__(self, build, *arguments, root=None, wrapper=(), tcp=False, key=None, user=None, preexec=None):
        self.own = tempfile.mkdtemp(prefix="tug-torture-")
        atexit.register(shutil.rmtree, self.own, ignore_errors=True)  # also of one that was not stopped
        os.chmod(self.own, 0o755)
        self.root = root or os.path.join(self.own, "root")
        os.makedirs(self.root, exist_ok=True)
        socket_dir = os.path.join(self.own, "socket")
        os.mkdir(socket_dir)
        listen = ["unix:" + os.path.join(socket_dir, "s")] + (["127.0.0.1:0"] if tcp else [])
        self.key_file = os.path.join(self.own, "keys")
        if key:
            with open(os.open(self.key_file, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as f:
                f.write(key.line())
        if user is not None:
            for path in (self.root, socket_dir):
                os.chown(path, user, user)
        self.log_path = os.path.join(self.own, "log")
        argv = [*wrapper, os.path.join(build, "bin", "tugd"), "--root", self.root, *arguments]
        for where in listen:
            argv += ["--listen", where]
        argv += ["--keys", self.key_file] if key else ["--no-auth"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
                                            env={"PATH": os.environ["PATH"]}, user=user, preexec_fn=preexec)
        atexit.register(self.process.kill)  # of a program that throws; a strace of it ends with it
        self.addresses = []
        for _ in listen:
            line = self.process.stdout.readline().decode()
            if not line.startswith("tugd listening on "):
                raise RuntimeError(f"tugd said {line!r}; {self.log()}")
            self.addresses.append(line.split(" on ", 1)[1].strip())
        self.pid = self.process.pid

    @property
    def address(self):
        return self.addresses[0]

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def connect(self, key=None, timeout=PATIENCE):
        return Client(self.address, key, timeout)

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.remove()

    def stop(self):
        """Its exit code after SIGTERM; it is killed where it does not end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.remove()
        return code

    def remove(self):
        self.process.stdout.close()
        shutil.rmtree(self.own, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.alive():
            self.stop()


# --- looking at processes and files -------------------------------------------------------------------------------------


def eventually(condition, seconds=PATIENCE):
    """Looks again and again at what no event tells of."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def status_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        for line in f:
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].strip()
    return ""


def kilobytes(pid, name):
    return int(status_of(pid, name).split()[0])


def descriptors(pid):
    """How many it has, without the empty cgroups that tugd keeps for the next commands (64 at most)."""
    count = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            count += "/run-" not in os.readlink(f"/proc/{pid}/fd/{name}")
    return count


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as f:
            return f.read().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children_of(pid):
    """Without the process that ends the commands of a killed tugd, which lives as long as tugd does."""
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="utf-8") as f:
                found += f.read().split()
    return [child for child in found if name_of(child) != "tug-watch"]


def temporaries(root):
    """Every temporary of tugd below `root`; what waits to be gone on with is none."""
    return [os.path.join(where, name) for where, _, names in os.walk(root) for name in names
            if name.startswith(TEMPORARY) and not name.endswith(".part")]


def raise_open_files(wanted):
    """So many descriptors for this process; False where the system gives less."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted and os.geteuid() == 0:
        hard = wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, wanted), hard), hard))
    return hard >= wanted
