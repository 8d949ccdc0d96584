"""The daemon that is measured, with login on, and tug-bench against it."""

import base64
import os
import subprocess

from host import CLIENT_CORE, SERVER_CORE, Daemon, run_json


class Tugd(Daemon):
    """One thread, on the core of the servers where no other is named; `ballast_mib` is memory that it holds beside its own."""

    def __init__(self, bench, root, ballast_mib=0, flags=(), core=SERVER_CORE):
        self.bin = bench.bin
        self.root = root
        self.keys = bench.scratch / "keys"
        if not self.keys.exists():
            with open(os.open(self.keys, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
                out.write(f"bench {base64.b64encode(os.urandom(32)).decode()} exec,put,get,forward connect=127.0.0.1:*\n")
        argv = [bench.tugd, "--listen", "127.0.0.1:0", "--root", root, "--keys", self.keys, "--threads", "1",
                *flags]
        if ballast_mib:
            argv = ["env", f"LD_PRELOAD={self.bin / 'libbench_ballast.so'}", f"BENCH_BALLAST_MIB={ballast_mib}", *argv]
        super().__init__(argv, core, log=bench.scratch / "tugd.log")
        self.address = f"127.0.0.1:{self.port()}"

    def command(self, *args):
        return [self.bin / "tug-bench", "--address", self.address, "--key-file", self.keys, "--pid", self.pid, *args]

    def bench(self, *args, core=CLIENT_CORE):
        return run_json(self.command(*args), core)

    def idle(self, connections):
        """Opens connections that do nothing; they close when what is returned is stopped."""
        holder = Daemon(self.command("idle", "--connections", connections, "--hold"), CLIENT_CORE,
                        stdin=subprocess.PIPE)
        holder.line()
        return holder
