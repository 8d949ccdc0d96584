#!/usr/bin/env python3
"""Every system call that a put, a get or an exec makes fails, in every plausible way, as the first, second, third and last of
its thread: each call is answered by the right result or a named error, the old file is whole, the next put finds no temporary,
no descriptor and no process stays, and tugd goes on.

strace attaches to a running tugd for one call at a time and makes the fault; what it logged says that there was one."""

import collections
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from support.torture import (Gone, Refused, Report, Tugd, children_of, descriptors, eventually, scaled, skip, status_of,
                     temporaries)

# What a system call may fail with where neither we nor the kernel have a bug.
ERRNOS = {
    "openat2": "EMFILE ENFILE EACCES EIO ENOMEM EAGAIN ENOSYS",
    "openat": "EMFILE ENFILE EACCES EIO ENOMEM ENOSPC EROFS",
    "newfstatat": "EIO ENOMEM EACCES", "fstat": "EIO ENOMEM", "statx": "EIO ENOMEM", "fstatfs": "EIO",
    "fcntl": "EINVAL", "fadvise64": "EINVAL", "fallocate": "ENOSPC EOPNOTSUPP EINTR",
    "mmap": "ENOMEM", "mprotect": "ENOMEM", "munmap": "ENOMEM", "brk": "ENOMEM", "mremap": "ENOMEM", "madvise": "ENOMEM",
    "getdents64": "EIO ENOMEM", "readlinkat": "EIO EACCES", "readlink": "EIO EACCES", "access": "EACCES", "faccessat2": "EACCES",
    "flock": "EAGAIN ENOLCK EINTR", "getrandom": "EAGAIN",
    "write": "ENOSPC EDQUOT EIO EFBIG EINTR", "pwrite64": "ENOSPC EDQUOT EIO EFBIG EINTR", "writev": "ENOSPC EIO EPIPE EINTR",
    "pwritev": "ENOSPC EIO EINTR",
    "read": "EIO EINTR", "pread64": "EIO EINTR", "readv": "EIO EINTR", "preadv": "EIO EINTR", "splice": "EIO EINVAL",
    "sendfile": "EIO EINVAL",
    "fsync": "EIO ENOSPC EDQUOT", "fdatasync": "EIO ENOSPC EDQUOT", "sync_file_range": "EIO",
    "fchmod": "EPERM EIO EROFS", "utimensat": "EPERM EIO", "linkat": "EIO ENOSPC EMLINK EPERM EDQUOT",
    "renameat": "EIO ENOSPC EPERM EDQUOT", "renameat2": "EIO ENOSPC EPERM EDQUOT EINVAL", "rename": "EIO ENOSPC",
    "mkdirat": "ENOSPC EACCES EMLINK EIO EDQUOT", "unlinkat": "EIO EPERM EBUSY", "mkdir": "ENOSPC EACCES",
    "pipe2": "EMFILE ENFILE", "dup3": "EINTR EBUSY", "dup2": "EINTR EBUSY", "dup": "EMFILE", "clone": "EAGAIN ENOMEM",
    "clone3": "EAGAIN ENOMEM", "vfork": "EAGAIN ENOMEM", "pidfd_open": "EMFILE ENFILE ENOMEM",
    "prlimit64": "EPERM", "setsid": "EPERM", "fchdir": "EACCES ENOENT",
    "chdir": "EACCES ENOENT", "execve": "ENOENT EACCES ENOEXEC ENOMEM E2BIG EIO ETXTBSY", "close_range": "EMFILE ENOSYS",
    "recvmsg": "ECONNRESET ETIMEDOUT EINTR ENOMEM", "sendmsg": "ECONNRESET EPIPE ENOBUFS EINTR", "recvfrom": "ECONNRESET",
    "sendto": "EPIPE", "statfs": "EIO", "setpgid": "EPERM",
}
# Those that fail by a bug alone, so that no code, glibc and Asio included, is prepared for it: closing (it always closes), waiting
# and waking, clocks, masks, FIONBIO, reaping a child that has ended, signals to processes of ours. A fault there is none of the environment.
NEVER = {"close", "futex", "epoll_wait", "epoll_pwait", "epoll_ctl", "epoll_create1", "rt_sigprocmask", "rt_sigreturn", "exit",
         "exit_group", "restart_syscall", "gettid", "getpid", "getppid", "timerfd_settime", "clock_nanosleep", "sched_yield",
         "rt_sigaction", "rseq", "set_robust_list", "set_tid_address", "arch_prctl", "getuid", "geteuid", "lseek", "tgkill",
         "getegid", "getgid", "uname", "sysinfo", "prctl", "getpgrp", "rt_sigpending", "sched_getaffinity", "getrusage",
         "getpgid", "getsid", "umask", "shutdown", "setsockopt", "getsockopt", "poll", "ppoll", "eventfd2", "socketpair", "getcwd", "ioctl",
         "waitid", "wait4", "kill", "pidfd_send_signal"}
OF_PIPES = {"read": "EINTR", "readv": "EINTR", "write": "EINTR", "writev": "EINTR"}  # no disk that could fail
OF_SOCKETS = {"recvmsg", "sendmsg", "recvfrom", "sendto"}  # the connection may end
OF_MEMORY = {"mmap", "brk", "mprotect", "mremap"}  # a request may end by internal_error
OF_CONTRACT = {"ENOSPC": "no_space", "EDQUOT": "no_space", "EIO": "io_error", "EMFILE": "busy", "ENFILE": "busy",
               "EACCES": "permission_denied", "EPERM": "permission_denied", "EROFS": "permission_denied", "ENOMEM": "busy"}
NAMES = {"permission_denied", "not_found", "already_exists", "path_denied", "no_space", "io_error", "busy", "exec_not_found",
         "exec_failed", "invalid_params", "cancelled"}

OLD, NEW, BIG = b"o" * 300_000, b"n" * 200_001, b"b" * 900_000
ANSWER_WITHIN = 10


class Operation:
    """One call, the file that it is about, and what may be there afterwards."""

    def __init__(self, name, run, before=None, path=None, expect=None):
        self.name, self.run, self.before, self.path, self.expect = name, run, before, path, expect


def cancelled_exec(client):
    number = client.call("exec", {"argv": ["sh", "-c", "echo up; sleep 1234.5 & sleep 1234.5"]})
    while (number, "stdout") not in client.output and number not in client.answers:
        client.step()
    client.notify("rpc.cancel", {"call": number})
    assert client.wait(number)["reason"] in ("cancelled", "exited", "signaled")
    return None


def exec_of(*argv, **more):
    def run(client):
        result, out, _ = client.exec(*argv, **more)
        return out if result.get("exit_code") == 0 else result
    return run


OPERATIONS = [
    Operation("put that replaces", lambda c: c.put("f", NEW), OLD, "f", NEW),
    Operation("put of a new file", lambda c: c.put("f", NEW), None, "f", NEW),
    Operation("put that makes parents", lambda c: c.put("x/y/f", NEW, make_parents=True), None, "x/y/f", NEW),
    Operation("put that replaces nothing", lambda c: c.put("f", NEW, overwrite=False, mtime_ns=-1), None, "f", NEW),
    Operation("put that is not durable", lambda c: c.put("f", NEW, durable=False), OLD, "f", NEW),
    Operation("get", lambda c: c.get("big"), expect=BIG),
    Operation("get of a part", lambda c: c.get("big", offset=100, length=300_000), expect=BIG[100:300_100]),
    Operation("exec", exec_of("cat", stdin=b"in and out"), expect=b"in and out"),
    Operation("exec in a directory", exec_of("pwd", cwd="d"), expect=None),
    Operation("exec with children", exec_of("sh", "-c", "sleep 0 & echo 1; echo 2 >&2"), expect=b"1\n"),
    Operation("exec that is cancelled", cancelled_exec),
]


class Bench:
    """A tugd to which strace attaches; a new one where it was lost."""

    def __init__(self, build, report):
        self.build, self.report, self.tugd = build, report, None
        self.trace = None
        self.start()

    def start(self):
        if self.tugd and self.tugd.alive():
            self.tugd.kill()
        self.tugd = Tugd(self.build, "--log-level", "off", "--threads", "1")
        os.mkdir(self.path("d"))
        self.write("big", BIG)
        for operation in OPERATIONS:  # all that is done once for each thread or process is done
            for _ in range(2):
                self.prepare(operation)
                with self.tugd.connect() as client:
                    operation.run(client)
        eventually(lambda: descriptors(self.tugd.pid) == descriptors(self.tugd.pid))
        self.at_rest = self.resting_descriptors()
        self.trace = os.path.join(self.tugd.own, "trace")

    def resting_descriptors(self):
        """When the connections of before are gone: the least that is seen for a moment."""
        least, since = 1 << 30, time.monotonic()
        while time.monotonic() < since + 0.3:
            least = min(least, descriptors(self.tugd.pid))
            time.sleep(0.01)
        return least

    def path(self, name):
        return os.path.join(self.tugd.root, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content)

    def read(self, name):
        try:
            with open(self.path(name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def prepare(self, operation):
        shutil.rmtree(self.path("x"), ignore_errors=True)
        if operation.path and os.path.exists(self.path(operation.path)):
            os.unlink(self.path(operation.path))
        if operation.before is not None:
            self.write(operation.path, operation.before)

    def threads(self):
        with contextlib.suppress(FileNotFoundError):
            return set(os.listdir(f"/proc/{self.tugd.pid}/task"))
        return set()

    def is_traced(self, thread):
        """Also where it has ended meanwhile."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return status_of(f"{self.tugd.pid}/task/{thread}", "TracerPid") != "0"
        return True

    def traced(self, client, operation, *filters):
        """What the operation came to while strace was there, the lines of its log, and the threads of tugd before and
        after."""
        pid = self.tugd.pid
        threads = self.threads()
        # Without --seccomp-bpf: it cannot be used when attaching.
        strace = subprocess.Popen(["strace", "-f", "-q", "-o", self.trace, *filters, "-p", str(pid)],
                                  stderr=subprocess.DEVNULL)
        attached = eventually(lambda: strace.poll() is not None or
                              all(self.is_traced(t) for t in threads))
        if not attached or strace.poll() is not None:
            skip("strace cannot attach to tugd, which needs CAP_SYS_PTRACE")
        try:
            outcome = ("done", operation.run(client))
        except Refused as e:
            outcome = ("refused", e)
        except Gone as e:
            outcome = ("gone", e)
        except socket.timeout:
            outcome = ("hangs", None)
        threads |= self.threads()
        strace.send_signal(signal.SIGTERM)
        strace.wait()
        with open(self.trace, encoding="utf-8", errors="replace") as f:
            return outcome, f.read().splitlines(), threads


def calls_in(lines):
    """Name -> the most that one thread made of it."""
    counts = collections.Counter()
    for line in lines:
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match:
            counts[match.group(1, 2)] += 1
    most = {}
    for (_, name), count in counts.items():
        most[name] = max(most.get(name, 0), count)
    return most


class Torture:
    def __init__(self, build):
        self.report = Report()
        self.bench = Bench(build, self.report)
        self.faults = self.hit = self.errors = self.fine = self.lost = 0
        self.unknown = set()

    def run(self):
        """All cases; with a scale, evenly spread ones."""
        cases = [(operation, name, error, position) for operation in OPERATIONS
                 for name, most in sorted(self.baseline(operation).items())
                 for error in self.errnos_of(operation, name)
                 for position in sorted({1, 2, 3, most}) if position <= most]
        wanted = scaled(len(cases), 40)
        for number in range(wanted):
            self.case(*cases[number * len(cases) // wanted])
        self.bench.tugd.stop()
        if self.unknown:
            print(f"not made to fail, as this script does not say how they may: {' '.join(sorted(self.unknown))}")
        self.report.check(self.hit > self.faults / 2, "few faults came about: the traces are not what they were")
        self.report.end(f"{self.faults} faults tried, {self.hit} came about: {self.errors} named errors, {self.fine} results, "
                        f"{self.lost} lost connections")

    def baseline(self, operation):
        self.bench.prepare(operation)
        with self.bench.tugd.connect() as client:
            outcome, lines, _ = self.bench.traced(client, operation)
        self.report.check(outcome[0] == "done", lambda: f"{operation.name} without a fault: {outcome}")
        return calls_in(lines)

    def errnos_of(self, operation, name):
        if operation.name.startswith("exec") and name in OF_PIPES:
            return OF_PIPES[name].split()
        if name in ERRNOS:
            return ERRNOS[name].split()
        if name not in NEVER:
            self.unknown.add(name)
        return []

    def case(self, operation, name, error, position):
        bench = self.bench
        what = f"{operation.name}: {error} of {name}, number {position}"
        bench.prepare(operation)
        self.faults += 1
        with bench.tugd.connect(timeout=ANSWER_WITHIN) as client:
            outcome, lines, threads = bench.traced(client, operation, "-e", f"trace={name}", "-e",
                                                   f"inject={name}:error={error}:when={position}")
        injected = [line for line in lines if "(INJECTED)" in line]
        self.hit += bool(injected)
        in_child = any(line.split()[0] not in threads for line in injected)
        self.judge(what, operation, name, error, outcome, in_child)
        self.afterwards(what, operation)

    def judge(self, what, operation, name, error, outcome, in_child):
        check, kind, value = self.report.check, outcome[0], outcome[1]
        if kind == "done":
            self.fine += 1
            if operation.path is None and operation.expect is not None and not (in_child and isinstance(value, dict)):
                check(value == operation.expect, lambda: f"{what}: a result that is not true: {str(value)[:200]}")
            if operation.path:
                check(self.bench.read(operation.path) == operation.expect, f"{what}: answered, and the file is not there")
        elif kind == "refused":
            self.errors += 1
            check(value.name in NAMES or (value.name == "internal_error" and name in OF_MEMORY),
                  lambda: f"{what}: {value}")
            said = value.data.get("errno")
            if said == error and operation.path and not value.data.get("stored") and error in OF_CONTRACT:
                check(value.name == OF_CONTRACT[error], lambda: f"{what}: {value} is not what the table says")
            if operation.path:
                there = operation.expect if value.data.get("stored") else operation.before
                check(self.bench.read(operation.path) == there, f"{what}: {value.name}, and the target has changed")
        elif kind == "gone":
            self.lost += 1
            check(name in OF_SOCKETS or name in OF_MEMORY, f"{what}: the connection ended")
            if operation.path:
                check(self.bench.read(operation.path) in (operation.before, operation.expect), f"{what}: the target is torn")
        else:
            check(False, f"{what}: no answer within {ANSWER_WITHIN} s")

    def afterwards(self, what, operation):
        """tugd serves, and nothing stays."""
        bench, check = self.bench, self.report.check
        directory = os.path.dirname(operation.path or "f")
        try:
            if not bench.tugd.alive():
                raise Gone(f"tugd has ended with {bench.tugd.process.returncode}: {bench.tugd.log()}")
            with bench.tugd.connect(timeout=ANSWER_WITHIN) as client:
                check(client.ping(), f"{what}: no ping afterwards")
                client.put(os.path.join(directory, "next"), b"next", make_parents=True, durable=False)
        except (Gone, Refused, OSError) as e:
            check(False, f"{what}: afterwards {e!r}")
            bench.start()
            return
        check(not temporaries(bench.tugd.root), lambda: f"{what}: left {temporaries(bench.tugd.root)}")
        alone = check(eventually(lambda: not children_of(bench.tugd.pid), 5),
                      lambda: f"{what}: left the processes {children_of(bench.tugd.pid)}")
        closed = check(eventually(lambda: descriptors(bench.tugd.pid) <= bench.at_rest, 5),
                       lambda: f"{what}: {descriptors(bench.tugd.pid) - bench.at_rest} descriptors more")
        if not alone or not closed:
            bench.start()


if __name__ == "__main__":
    if not shutil.which("strace"):
        skip("no strace here")
    if os.geteuid() != 0:
        skip("attaching to tugd needs root: it is not dumpable")
    Torture(sys.argv[1]).run()
