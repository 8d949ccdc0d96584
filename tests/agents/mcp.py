"""A client of the Model Context Protocol, written from its specification alone, and the tugd that the tests of this
folder run beside it. Nothing waits for time to pass: each wait is for a message, and fails after BOUND seconds."""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from script_tests import BOUND, Failed, check, run_tests


class World:
    """A tugd on loopback with a root and jobs, and keys of each kind."""

    def __init__(self, build):
        self.bin = os.path.join(os.path.abspath(build), "bin")
        self.directory = tempfile.mkdtemp(prefix="tug-agents-")
        self.root = self.made("root")
        self.state = self.made("state")
        self.local = self.made("local")
        self.keys = os.path.join(self.directory, "keys")
        self.audit = os.path.join(self.directory, "audit")
        for name, permissions in (("all", "exec,put,get"), ("reader", "get"), ("writer", "put"), ("echoes", "exec")):
            flags = [] if name == "all" else ["--append"]
            flags += ["--argv0", "echo"] if name == "echoes" else []
            subprocess.run([self.program("tug"), "keygen", name, "-o", self.keys, "--permissions", permissions, *flags],
                           check=True, stdout=subprocess.DEVNULL)
        self.tugds = []
        self.start_tugd("127.0.0.1:0", "--state-dir", self.state)

    def made(self, name):
        path = os.path.join(self.directory, name)
        os.mkdir(path)
        return path

    def program(self, name):
        return os.path.join(self.bin, name)

    def start_tugd(self, listen, *flags):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TUG_")}
        self.tugd = subprocess.Popen(
            [self.program("tugd"), "--listen", listen, "--root", self.root, "--keys", self.keys, "--audit",
             self.audit, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=open(os.path.join(self.directory, "log"), "ab"), env=clean, start_new_session=True)
        self.tugds.append(self.tugd)
        line = self.tugd.stdout.readline().decode()
        match = re.search(r"listening on (\S+)", line)
        check(match, f"tugd did not start: {line}")
        self.address = match.group(1)

    def restart_tugd(self):
        """As an upgrade does it: the jobs go on."""
        self.tugd.kill()
        self.tugd.wait(BOUND)
        self.start_tugd(self.address, "--state-dir", self.state)

    def agent(self, *flags, key="all", **how):
        return Agent(self, flags, key, **how)

    def write(self, name, content):
        with open(os.path.join(self.root, name), "wb") as f:
            f.write(content)

    def read(self, name):
        with open(os.path.join(self.root, name), "rb") as f:
            return f.read()

    def calls(self):
        """The calls that the audit log has."""
        with open(self.audit, encoding="utf-8") as f:
            return [line for line in map(json.loads, f) if line.get("event", "call") == "call" and "method" in line]

    def close(self):
        for tugd in self.tugds:
            if tugd.poll() is None:
                tugd.terminate()
                tugd.wait(BOUND)
        shutil.rmtree(self.directory, ignore_errors=True)


class Agent:
    """`tug mcp` and a client of it."""

    def __init__(self, world, flags, key, version="2025-06-18", hello=True, command=False):
        """`command`: the flags are all the words behind `tug`."""
        words = flags if command else ["mcp", *flags, world.address]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TUG_") and k != "TRACEPARENT"}
        self.it = subprocess.Popen(
            [world.program("tug"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**clean, "TUG_KEY_FILE": world.keys, "TUG_KEY": key})
        self.ids = iter(range(1, 1 << 30))
        self.answers = {}
        self.notifications = []
        self.lines = queue.Queue()
        threading.Thread(target=self.pump, daemon=True).start()
        if hello:
            self.hello = self.request("initialize", {"protocolVersion": version, "capabilities": {},
                                                     "clientInfo": {"name": "tester", "version": "1"}})
            self.notify("notifications/initialized")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        if self.it.poll() is None:
            self.it.kill()
        self.it.wait(BOUND)

    def pump(self):
        for line in self.it.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send_line(self, text):
        self.it.stdin.write(text if isinstance(text, bytes) else text.encode())
        self.it.stdin.write(b"\n")
        self.it.stdin.flush()

    def send(self, message):
        self.send_line(json.dumps(message))

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})})

    def begin(self, method, params=None, meta=None):
        number = next(self.ids)
        params = dict(params or {}, **({"_meta": meta} if meta else {}))
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def next_message(self):
        try:
            line = self.lines.get(timeout=BOUND)
        except queue.Empty:
            raise Failed("no message came") from None
        check(line is not None, f"tug mcp has ended: {self.it.poll()}")
        return json.loads(line)

    def take(self):
        """Takes the next message in."""
        message = self.next_message()
        if "method" in message:
            self.notifications.append(message)
        else:
            check(message.get("id") not in self.answers, f"answered twice: {message}")
            self.answers[message.get("id")] = message
        return message

    def answer(self, number):
        while number not in self.answers:
            self.take()
        return self.answers[number]

    def request(self, method, params=None):
        answer = self.answer(self.begin(method, params))
        check("result" in answer, f"{method}: {answer}")
        return answer["result"]

    def begin_tool(self, name, meta=None, **arguments):
        return self.begin("tools/call", {"name": name, "arguments": arguments}, meta)

    def outcome(self, number):
        result = self.answer(number)["result"]
        check(result["isError"] or json.loads(result["content"][0]["text"]) == result["structuredContent"],
              "the text is not the object")
        return result

    def tool(self, name, **arguments):
        result = self.outcome(self.begin_tool(name, **arguments))
        check(not result["isError"], f"{name}: {result}")
        return result["structuredContent"]

    def failure(self, name, **arguments):
        result = self.outcome(self.begin_tool(name, **arguments))
        check(result["isError"], f"{name} did not fail: {result}")
        check(result["content"][0]["text"].count("\n") == 0, "the error is not one line")
        return result["structuredContent"]["error"]

    def tools(self):
        return {t["name"]: t for t in self.request("tools/list")["tools"]}

    def end(self):
        """Closes the input; the exit code."""
        self.it.stdin.close()
        return self.it.wait(BOUND)


def main(tests):
    return run_tests(tests, World)
