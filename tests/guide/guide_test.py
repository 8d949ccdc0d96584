#!/usr/bin/python3
"""Runs the commands of a page of the guide, word for word but for the port.

usage: guide_test.py BUILD_DIR PAGE. The blocks `sh` are one script, which has to succeed, in an empty directory; a block `sh server`
runs beside it, and its port is another one. `web1` is a tugd with keys, jobs and metrics ($METRICS). Other blocks are not run.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from fences import blocks

BOUND = 120
DOCUMENTED = "127.0.0.1:8840"


class Daemon:
    """A tugd, started by a line of shell."""

    def __init__(self, line, directory, env):
        self.process = subprocess.Popen(["/bin/bash", "-c", "exec " + line], cwd=directory, env=env,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.next_address()

    def next_address(self):
        line = self.process.stdout.readline()
        if " on " not in line:
            raise SystemExit(f"tugd did not start: {line!r}")
        return line.split()[-1]

    def stop(self):
        self.process.terminate()
        self.process.wait(BOUND)


def write_secret(path, text):
    path.touch(mode=0o600)
    path.write_text(text)


def start_web1(bin_dir, directory, env):
    """The host that the pages speak of, and the configuration that names it."""
    home = directory / "home"
    (home / "files").mkdir(parents=True)
    key = subprocess.run([bin_dir / "tug", "keygen", "web1", "--permissions", "exec,put,get,forward", "--connect", "127.0.0.1:*",
                          "--listen", "127.0.0.1:*"], capture_output=True, text=True, check=True).stdout
    write_secret(home / "key", key)
    daemon = Daemon(f"{bin_dir}/tugd --keys key --root files --state-dir state --listen 127.0.0.1:0 "
                    "--metrics 127.0.0.1:0", home, env)
    host, port = daemon.address.rsplit(":", 1)
    write_secret(home / "config", f"host web1 gate\n    address {host}\n    port {port}\n    key-file {home}/key\n")
    return daemon, {"TUG_CLIENT_CONFIG": str(home / "config"), "METRICS": "http://" + daemon.next_address()}


def run_block(script, work, env):
    """What it leaves in the background where it fails ends with it: one that succeeds ends its own. A file takes the
    output: a pipe would be open as long as they run."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(["/bin/bash", "-c", script], cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=output, start_new_session=True)
        try:
            process.wait(BOUND)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        output.seek(0)
        return process.returncode, output.read()


def end_jobs(work, env):
    """A page that fails half way has started jobs, which outlive their tugd."""
    jobs = subprocess.run(["tug", "job", "ls", "--json", "web1"], cwd=work, env=env, capture_output=True, text=True, timeout=BOUND)
    for line in jobs.stdout.splitlines():
        job = json.loads(line)
        if job["state"] == "running":
            subprocess.run(["tug", "job", "cancel", "web1", job["job"]], cwd=work, env=env, check=True, timeout=BOUND,
                           stdout=subprocess.DEVNULL)


def run_page(bin_dir, page, directory):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TUG_")}
    env = {**clean, "PATH": f"{bin_dir}:{clean['PATH']}"}
    web1, more = start_web1(bin_dir, directory, env)
    env.update(more)
    work = directory / "work"
    work.mkdir()
    daemons = [web1]
    address = DOCUMENTED
    try:
        for language, word, content in blocks(page.read_text()):
            if language != "sh":
                continue
            if word == "server":
                daemons.append(Daemon(content.strip().replace(DOCUMENTED, "127.0.0.1:0"), work, env))
                address = daemons[-1].address
                continue
            script = "set -e\n" + content.replace(DOCUMENTED, address) + "\nexport -p >.exported\n"
            again = "test ! -e .exported || . ./.exported\n"  # what a block exports holds in the next ones
            status, output = run_block(again + script, work, env)
            if status != 0:
                raise SystemExit(f"{page.name}: this ended with {status}:\n{content}\n{output}")
    finally:
        end_jobs(work, env)
        for daemon in daemons:
            daemon.stop()


def main():
    bin_dir = pathlib.Path(sys.argv[1]).resolve() / "bin"
    page = pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="tug-guide-") as directory:
        run_page(bin_dir, page, pathlib.Path(directory))


if __name__ == "__main__":
    main()
