"""What the tests of this folder share: a tugd, and a terminal with a shell in it, where a person would type `tug`.

A test is a function whose name begins with test_; it takes a `World` and fails by an exception. Nothing waits for time
to pass: each wait is for what the terminal shows, and ends with an error after BOUND seconds.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import pexpect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from script_tests import BOUND, Failed, check, run_tests

PROMPT = "ready> "


class World:
    """A tugd on loopback, and the binaries."""

    def __init__(self, build):
        self.bin = os.path.join(os.path.abspath(build), "bin")
        self.directory = tempfile.mkdtemp(prefix="tug-terminal-")
        self.root = os.path.join(self.directory, "root")
        os.mkdir(self.root)
        self.start_tugd("127.0.0.1:0")

    def start_tugd(self, listen, *flags):
        self.log = open(os.path.join(self.directory, "log"), "ab")
        self.tugd = subprocess.Popen(
            [os.path.join(self.bin, "tugd"), "--listen", listen, "--root", self.root,
             *(flags or ["--no-auth"])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            env={**os.environ, "TERM": "never", "PS1": PROMPT, "HISTFILE": ""}, start_new_session=True)
        line = self.tugd.stdout.readline().decode()
        match = re.search(r"listening on (\S+)", line)
        check(match, f"tugd did not start: {line}")
        self.address = match.group(1)

    def stop_tugd(self):
        if self.tugd.poll() is None:
            self.tugd.terminate()
        self.tugd.wait(BOUND)
        self.log.close()

    def terminal(self, rows=24, cols=80, **env):
        return Terminal(self, rows, cols, env)

    def close(self):
        self.stop_tugd()
        shutil.rmtree(self.directory, ignore_errors=True)


class Terminal:
    """A terminal with a local shell, which has job control, and `tug` in its PATH."""

    def __init__(self, world, rows, cols, env):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("TUG_", "LC_")) and k != "LANG"}
        self.child = pexpect.spawn(
            "/bin/bash", ["--norc", "--noprofile", "-i"], dimensions=(rows, cols), timeout=BOUND, echo=True,
            env={**clean, "TERM": "xterm-256color", "PS1": "local$ ", "HISTFILE": "", "TUG_CLIENT_CONFIG": "none",
                 "TUG_ADDRESS": world.address,
                 "PATH": world.bin + ":" + clean["PATH"], "PS0": "", **env})
        self.child.delaybeforesend = None
        self.run("bind 'set enable-bracketed-paste off'")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.child.close(force=True)

    def type(self, text):
        self.child.send(text)

    def line(self, text):
        self.child.send(text + "\r")

    def await_text(self, text):
        """Waits until that is shown, from where the last wait ended."""
        try:
            self.child.expect_exact(text)
        except (pexpect.TIMEOUT, pexpect.EOF) as e:
            raise Failed(f"{text!r} was not shown: {self.child.before!r}") from e

    def await_match(self, pattern):
        try:
            self.child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF) as e:
            raise Failed(f"{pattern!r} was not shown: {self.child.before!r}") from e
        return self.child.match

    def run(self, command):
        """Runs a local command to its end; what it has shown."""
        self.line(f"{command}; echo \"do\"ne-$?-")
        match = self.await_match(rb"done-(\d+)-")
        shown = self.child.before
        self.await_text("local$ ")
        self.code = int(match.group(1))
        return shown.decode(errors="replace")

    def modes(self):
        """The modes of the local terminal, as the shell's programs find them."""
        found = re.search(r"([0-9a-f]+(:[0-9a-f]+){10,})", self.run("stty -g"))
        check(found, "no modes")
        return found.group(1)

    def start(self, command):
        """Types a local command and leaves it running."""
        self.line(command)

    def shell(self, arguments="exec -it -- /bin/bash --norc --noprofile"):
        """A shell on the host; it returns when that has its prompt. Its prompt is told by tugd's environment."""
        self.start("tug " + arguments)
        shown = self.await_match(re.escape(PROMPT) + "|" + re.escape("local$ "))
        check(shown.group().decode() == PROMPT, f"no shell on the host: {self.child.before!r}")

    def pid_of_tug(self):
        """That of the `tug` that runs in here."""
        found = subprocess.run(["pgrep", "-x", "-P", str(self.child.pid), "tug"], stdout=subprocess.PIPE, check=True)
        return int(found.stdout.split()[0])


def main(tests):
    return run_tests(tests, World)
