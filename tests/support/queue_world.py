"""A queue as it is in use: a real nats-server, tugd with the same root, and workers, each a process that can be killed and
comes back at the same place."""

import json
import os
import random
import socket
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from services import BOUND, Service, eventually, free_port

NATS = "/usr/sbin/nats-server"


def missing(build):
    """What this machine or this build lacks; empty: nothing."""
    if not os.path.exists(NATS):
        return "no nats-server here"
    return "" if os.path.exists(os.path.join(build, "bin", "tug-worker")) else "tug-worker was left out of the build"


class World:
    def __init__(self, build, hosts=2):
        self.bin = Path(build).resolve() / "bin"
        self.own = tempfile.TemporaryDirectory(prefix="tug-queue-", ignore_cleanup_errors=True)
        self.directory = Path(self.own.name)
        self.root = self.path("root")
        self.root.mkdir()
        self.workers = []
        self.services = []
        try:
            self.nats = self.service("nats", *self.nats_words())
            subprocess.run([self.bin / "tug", "keygen", "queue", "-o", self.path("key")], check=True, stdout=subprocess.DEVNULL)
            self.hosts = [self.host(n) for n in range(hosts)]
        except BaseException:
            self.close()
            raise

    def path(self, name):
        return self.directory / name

    def close(self):
        for one in self.workers + self.services:
            one.kill()
        self.own.cleanup()

    def service(self, name, words, port):
        made = Service(words, port, self.path(f"{name}.log"))
        self.services.append(made)
        made.begin()
        return made

    def nats_words(self):
        """With the configuration of deploy/, but for the address and the directory."""
        port = free_port()
        text = (Path(__file__).resolve().parents[2] / "deploy/nats/nats-server.conf").read_text(encoding="utf-8")
        text = text.replace("0.0.0.0:4222", f'"127.0.0.1:{port}"').replace("/var/lib/nats", str(self.path("jetstream")))
        self.path("nats.conf").write_text(text, encoding="utf-8")
        self.path("passwords.conf").write_text('TUG_WORKER_PASSWORD: "w"\nTUG_SUBMITTER_PASSWORD: "s"\n', encoding="ascii")
        for user in ("worker", "submitter"):
            self.path(user).write_text(user[0] + "\n", encoding="ascii")
            self.path(user).chmod(0o600)
        return [NATS, "-c", self.path("nats.conf")], port

    def host(self, number):
        port = free_port()
        words = [self.bin / "tugd", "--root", self.root, "--state-dir", self.path(f"state.{number}"), "--keys", self.path("key"),
                 "--listen", f"127.0.0.1:{port}", "--log-level", "warning", "--max-kept-jobs", "20000"]
        return self.service(f"tugd.{number}", words, port)

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.nats.port}"

    def environment(self):
        """That of `tug queue`."""
        return {**os.environ, "TUG_NATS": self.url, "TUG_NATS_USER": "submitter",
                "TUG_NATS_PASSWORD_FILE": str(self.path("submitter"))}

    def pool(self):
        return ",".join(f"127.0.0.1:{host.port}" for host in self.hosts)

    def worker(self, *flags, pool=None):
        """One that has made the queue, where there was none, and takes jobs from it."""
        words = [self.bin / "tug-worker", "--nats", self.url, "--nats-user", "worker", "--nats-password-file", self.path("worker"),
                 "--pool", pool or self.pool(), "--key-file", self.path("key"), *flags]
        made = Service(words, None, self.path(f"worker.{len(self.workers)}.log"))
        self.workers.append(made)
        made.begin()
        eventually("a worker takes jobs", lambda: b"takes jobs" in made.log.read_bytes() or made.fell())
        return made

    def queue(self, *words, data=None, check=True):
        """`tug queue WORDS`."""
        done = subprocess.run([str(self.bin / "tug"), "queue", *map(str, words)], input=data, capture_output=True,
                              timeout=BOUND, check=False, text=True, env=self.environment())
        if check and done.returncode != 0:
            raise AssertionError(f"tug queue {words}: {done.returncode} {done.stderr}")
        return done

    def submit(self, name, *words):
        self.queue("submit", "--name", name, *words)

    def result(self, name, *words):
        return self.queue("result", name, "--wait", *words, check=False)

    def record(self, name):
        """Once the job is over."""
        return json.loads(self.result(name, "--json").stdout)

    def record_now(self, name):
        """Empty where there is none."""
        return json.loads(self.queue("result", name, "--json", check=False).stdout or "{}")

    def kept_jobs(self, host):
        """The names of those that a tugd knows."""
        done = subprocess.run([self.bin / "tug", "--key-file", self.path("key"), "--json", "job", "ls", f"127.0.0.1:{host.port}"],
                              capture_output=True, check=True)
        return [json.loads(line)["job"] for line in done.stdout.splitlines()]

    def jobs(self):
        return {line["job"]: line for line in map(json.loads, self.queue("ls", "--json").stdout.splitlines())}

    def ran(self):
        """How often each job has run: every run appends a line."""
        path = self.root / "ran"
        return Counter(path.read_text(encoding="ascii").split()) if path.exists() else Counter()

    def publish(self, subject, text, user="submitter", **headers):
        """A message as any client of NATS would send it; returns once the server has it."""
        with socket.create_connection(("127.0.0.1", self.nats.port), BOUND) as s:
            lines = s.makefile("rb")
            lines.readline()
            head = "NATS/1.0\r\n" + "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items()) + "\r\n"
            login = {"verbose": False, "headers": True, "user": user, "pass": user[0]}
            s.sendall(f"CONNECT {json.dumps(login)}\r\n"
                      f"HPUB {subject} {len(head)} {len(head) + len(text)}\r\n{head}{text}\r\nPING\r\n".encode())
            while lines.readline() != b"PONG\r\n":
                pass


def job(name, code=0):
    """A request whose run is counted."""
    return {"job": name, "argv": ["sh", "-c", f"echo {name} >>ran; echo out of {name}; exit {code}"]}


def code_of(number):
    return number % 5


class Chaos:
    """Jobs, while workers, tugd and the nats-server are killed. What must hold: each job ran once, or its end is unknown,
    told so, and it ran once at most; none is lost."""

    def __init__(self, world, jobs, kills, seed):
        self.world, self.jobs, self.kills = world, jobs, kills
        self.dice = random.Random(seed)
        self.killed = Counter()

    def name(self, number):
        return f"job-{number}"

    def run(self):
        lines = "".join(json.dumps(job(self.name(n), code_of(n))) + "\n" for n in range(self.jobs))
        submitting = subprocess.Popen([str(self.world.bin / "tug-queue"), "submit", "--from", "-"], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, text=True, env=self.world.environment())
        submitting.stdin.write(lines)
        submitting.stdin.close()
        for n in range(self.kills):
            self.await_progress((n + 1) * self.jobs // (self.kills + 1))
            self.kill_one()
        if submitting.wait(BOUND) != 0:
            raise AssertionError("not all jobs could be submitted")
        eventually("every job is over", self.all_over)

    def await_progress(self, runs):
        eventually(f"{runs} runs", lambda: self.world.ran().total() >= runs)

    def kill_one(self):
        kind, victims = self.dice.choice((("worker", self.world.workers), ("tugd", self.world.hosts),
                                          ("nats-server", [self.world.nats])))
        victim = self.dice.choice(victims)
        victim.kill()
        victim.begin()
        self.killed[kind] += 1

    def all_over(self):
        time.sleep(0.5)  # each look is at all of them
        over = sum(line["state"] in ("ended", "failed", "unknown") for line in self.world.jobs().values())
        return over == self.jobs

    def wrong(self):
        """What does not hold, and how many ends are unknown."""
        found, unknown = [], 0
        jobs, ran = self.world.jobs(), self.world.ran()
        for n in range(self.jobs):
            name = self.name(n)
            line, runs = jobs.get(name), ran.pop(name, 0)
            if line is None:
                found.append(f"{name} is lost")
            elif line["state"] == "unknown":
                unknown += 1
                if runs > 1 or not line["error"]["name"]:
                    found.append(f"{name} is unknown and ran {runs} times")
            elif line["state"] != "ended" or runs != 1 or line["result"].get("exit_code") != code_of(n):
                found.append(f"{name} ran {runs} times: {line}")
        return found + [f"{name} was never asked for" for name in ran], unknown
