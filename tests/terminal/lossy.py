"""A tugd whose connections are lost."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
from cut_proxy import CutProxy
from terminal import BOUND


class Lossy:
    """A tugd that keeps jobs, behind a proxy that is cut."""

    def __init__(self, world):
        self.world = world
        world.stop_tugd()
        self.begin()
        self.proxy = CutProxy(lambda: world.address)

    def begin(self):
        state = os.path.join(self.world.directory, "state")
        self.world.start_tugd("127.0.0.1:0", "--no-auth", "--state-dir", state)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.proxy.refusing = False
        for name in self.jobs():
            self.tug("job", "cancel", name)
        self.proxy.close()

    def kill_tugd(self):
        self.world.tugd.send_signal(signal.SIGKILL)
        self.world.tugd.wait(BOUND)
        self.begin()

    def terminal(self):
        return self.world.terminal(TUG_ADDRESS=self.proxy.address)

    def tug(self, *arguments):
        done = subprocess.run([os.path.join(self.world.bin, "tug"), *arguments], stdout=subprocess.PIPE,
                              env={**os.environ, "TUG_ADDRESS": self.world.address}, check=False, timeout=BOUND)
        return done.stdout.decode()

    def jobs(self):
        return [line.split()[0] for line in self.tug("job", "ls").splitlines()]

    def lose(self, t):
        self.proxy.cut()
        t.await_text("the connection is lost")
        t.await_text("connected again")
