#!/usr/bin/env python3
"""Limits of memory and processes where the kernel has the controllers of cgroup v2: they often belong to v1 on a host, so this boots a
kernel of its own (user-mode Linux) on the files of this one, read only. Commands and jobs end by the limit that they were given
and say so, those beside them go on, and no cgroup stays."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from support.torture import PATIENCE, Report, Tugd, eventually, skip

MIB = 1 << 20
CGROUP = "/sys/fs/cgroup/tug"
SAID = "limits: "  # begins what the inner one says, between lines of its kernel

TAKE = "import sys; b = bytearray(int(sys.argv[1]) << 20); b[::4096] = bytes(len(b[::4096])); print('had it', flush=True)"


def outside(build):
    kernel = shutil.which("linux.uml") or skip("there is no user-mode Linux")
    if os.geteuid() != 0:
        skip("only root may mount what the inner kernel needs")
    with tempfile.TemporaryDirectory(prefix="tug-torture-uml-") as own:
        argv = [kernel, "mem=1G", "rootfstype=hostfs", "ro", "quiet", "con=null", "con0=null,fd:1", "init=" + sys.executable, "--",
                os.path.abspath(__file__), "--inside", os.path.abspath(build)]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=10 * PATIENCE, env={"HOME": own, "TMPDIR": own, "PATH": os.environ["PATH"]})
    lines = done.stdout.decode(errors="replace").replace("\r", "").splitlines()
    said = [line[line.index(begin):] for line in lines for begin in (SAID, "WRONG: ") if begin in line]
    if not said:
        print("\n".join(lines[-30:]))
    for line in said:
        print(line)
    sys.exit(0 if said and said[-1].endswith(" 0 wrong") else 1)


def mount(kind, where):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(kind.encode(), where.encode(), kind.encode(), 0, None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {kind} on {where}")


def prepare():
    for kind, where in (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/tmp"), ("tmpfs", "/run"), ("cgroup2", "/sys/fs/cgroup")):
        mount(kind, where)
    os.environ.update(PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TMPDIR="/tmp")
    with open("/sys/fs/cgroup/cgroup.subtree_control", "w", encoding="ascii") as f:
        f.write("+memory +pids")
    os.mkdir(CGROUP)


def memory(client, report):
    def take(mib, limit):
        return client.exec(sys.executable, "-c", TAKE, str(mib), limits={"memory_bytes": limit * MIB})

    result, out, _ = take(200, 64)
    report.check(result["reason"] == "memory_limit" and result["signal"] == "KILL" and not out, f"200 of 64 MiB: {result}")
    result, out, _ = take(100, 256)
    report.check(result.get("exit_code") == 0 and out == b"had it\n", f"100 of 256 MiB: {result}")
    peak = result["usage"].get("memory_peak_bytes", 0)
    report.check(100 * MIB <= peak <= 256 * MIB, f"the peak is {peak}")
    # Of all its processes together: neither is over it by itself.
    script = f'{sys.executable} -c "$0" 80 & {sys.executable} -c "$0" 80 & wait'
    result, _, _ = client.exec("sh", "-c", script, TAKE, limits={"memory_bytes": 128 * MIB})
    report.check(result["usage"]["memory_peak_bytes"] <= 128 * MIB, f"two of 80 MiB within 128: {result}")


def processes(client, report):
    script = "for n in $(seq 40); do sleep 60 & done 2>&1; echo over"
    result, out, err = client.exec("sh", "-c", script, limits={"processes": 10})
    report.check(b"fork" in out + err, f"40 of 10 processes: {result} {out} {err}")
    result, out, _ = client.exec("sh", "-c", "sleep 0 & sleep 0 & wait; echo fine", limits={"processes": 10})
    report.check(out == b"fine\n", f"3 of 10 processes: {result}")


def jobs(client, report):
    more = {"argv": [sys.executable, "-c", TAKE, "200"], "limits": {"memory_bytes": 64 * MIB}}
    client.ask("job.start", {"job": "beside", "argv": ["sleep", "600"], "limits": {"memory_bytes": 64 * MIB}})
    client.ask("job.start", {"job": "large", **more})
    result = client.ask("job.wait", {"job": "large"})
    report.check(result["reason"] == "memory_limit", f"a job of 200 of 64 MiB: {result}")
    report.check(client.ask("job.status", {"job": "beside"})["state"] == "running", "the job beside it did not go on")
    script = "for n in $(seq 40); do sleep 60 & done; exit 3"
    client.ask("job.start", {"job": "many", "argv": ["sh", "-c", script], "limits": {"processes": 10}})
    result = client.ask("job.wait", {"job": "many"})
    report.check(result["reason"] == "exited" and result["exit_code"] != 3, f"a job of 40 of 10 processes: {result}")
    client.ask("job.cancel", {"job": "beside"})


def left():
    return [name for name in os.listdir(CGROUP) if os.path.isdir(os.path.join(CGROUP, name))]


def inside(build):
    prepare()
    report = Report()
    with Tugd(build, "--cgroup", CGROUP, "--state-dir", "/tmp/state", "--log-level", "warning") as tugd:
        with tugd.connect() as client:
            report.check(client.ask("rpc.info")["cgroups"], "tugd has no cgroups")
            for check in (memory, processes, jobs):
                check(client, report)
    report.check(eventually(lambda: not left()), lambda: f"cgroups are left: {left()}")
    print(f"{SAID}memory and processes of commands and jobs, {report.wrong} wrong", flush=True)


def main():
    if sys.argv[1] != "--inside":
        return outside(sys.argv[1])
    sys.stdout = sys.stderr = open("/dev/console", "w", encoding="utf-8", errors="replace")
    try:
        inside(sys.argv[2])
    except BaseException as e:  # process 1 must not end before its kernel
        print(f"{SAID}{type(e).__name__}: {e}", flush=True)
    os.sync()
    ctypes.CDLL(None).reboot(0x4321FEDC)  # power off
    return None


if __name__ == "__main__":
    main()
