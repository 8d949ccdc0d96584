#!/usr/bin/python3
"""Who follows a job, or waits for it, comes back where the connection is lost or tugd is killed."""

import os
import subprocess
import sys

from lossy import Lossy
from terminal import BOUND, PROMPT, check, main


def test_attached_job_comes_back(world):
    """Which was started by another one, with a terminal; to leave it leaves it alone."""
    with Lossy(world) as lossy, lossy.terminal() as t:
        lossy.tug("job", "start", "-it", "--name", "held", "--", "/bin/bash", "--norc", "--noprofile")
        t.start("tug job attach held")
        t.await_text(PROMPT)
        t.line("mark=here")
        t.await_text(PROMPT)
        lossy.lose(t)
        t.line("echo it is $mark 1")
        t.await_text("it is here 1")
        lossy.kill_tugd()
        t.await_text("connected again")
        t.line("echo it is $mark 2")
        t.await_text("it is here 2")
        lossy.proxy.refusing = True
        lossy.proxy.cut()
        t.await_text("the connection is lost")
        t.type("\x03")
        t.await_text("local$ ")
        lossy.proxy.refusing = False
        t.start("tug job attach held </dev/null")
        t.await_text("it is here 2")
        lossy.proxy.refusing = True
        lossy.proxy.cut()
        t.await_text("the connection is lost")
        t.type("\x03")
        t.await_text("local$ ")
        check(lossy.jobs() == ["held"], "the job does not go on")


def test_attached_job_goes_on_at_the_very_byte(world):
    """Both directions, over cuts and kills of tugd, behind input that another one wrote."""
    lines = 40000
    sent = "".join(f"in {n}\n" for n in range(lines)).encode()
    with Lossy(world) as lossy:
        proxy, cuts = lossy.proxy, []
        lossy.tug("job", "start", "-i", "--name", "held", "--", "sh", "-c", f"seq 1 {lines}; cat; exit 3")
        there = {**os.environ, "TUG_ADDRESS": world.address}
        first = subprocess.Popen([os.path.join(world.bin, "tug"), "job", "attach", "-i", "held"], env=there,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        first.stdin.write(b"of the first one\n")
        first.stdin.flush()
        while first.stdout.readline() != b"of the first one\n":
            pass

        def again():
            cuts.append(1)
            if len(cuts) % 4 == 0:
                lossy.kill_tugd()
            proxy.cut_after = 70000 if len(cuts) < 12 else None

        proxy.on_cut, proxy.cut_after = again, 70000
        done = subprocess.run([os.path.join(world.bin, "tug"), "job", "attach", "-i", "--take-over", "held"], input=sent,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=2 * BOUND, check=False,
                              env={**os.environ, "TUG_ADDRESS": proxy.address})
        first.kill()
        first.communicate()
        expected = "".join(f"{n}\n" for n in range(1, lines + 1)).encode() + b"of the first one\n" + sent
        check(len(cuts) >= 12, f"{len(cuts)} cuts")
        check(done.stdout == expected, f"{len(done.stdout)} bytes in the place of {len(expected)}: {done.stderr[-300:]}")
        check(done.returncode == 3, f"exit code {done.returncode}")
        check(lossy.jobs() == ["held"], "the job was removed")


def test_another_one_has_written_meanwhile(world):
    """What comes back does not write into the middle of it."""
    with Lossy(world) as lossy, lossy.terminal() as t:
        lossy.tug("job", "start", "-i", "--name", "held", "--", "sh", "-c", "echo u\"\"p; exec cat")
        t.start("tug job attach -i held")
        t.await_text("up")
        t.line("mine")
        t.await_text("mine")
        t.await_text("mine")
        lossy.proxy.refusing = True
        lossy.proxy.cut()
        t.await_text("the connection is lost")
        other = subprocess.Popen([os.path.join(world.bin, "tug"), "job", "attach", "-i", "--take-over", "held"],
                                 env={**os.environ, "TUG_ADDRESS": world.address}, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        other.stdin.write(b"theirs\n")
        other.stdin.flush()
        while other.stdout.readline() != b"theirs\n":
            pass
        other.kill()
        other.communicate()
        lossy.proxy.refusing = False
        t.await_text("connected again")
        t.line("more")
        t.await_text("busy")
        t.await_text("local$ ")


def test_end_of_a_job_is_waited_for_over_connections(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        lossy.tug("job", "start", "-i", "--name", "held", "--", "sh", "-c", "read x; exit 5")
        t.start("tug job wait held; echo co\"\"de $?")
        lossy.proxy.heard.wait(BOUND)
        lossy.kill_tugd()
        t.await_text("connected again")
        subprocess.run([os.path.join(world.bin, "tug"), "job", "attach", "-i", "held"], input=b"\n", check=False,
                       env={**os.environ, "TUG_ADDRESS": world.address}, timeout=BOUND)
        t.await_text("code 5")


def test_followed_logs_come_back(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        lossy.tug("job", "start", "-i", "--name", "held", "--", "sh", "-c", "echo first; read x; echo second")
        t.start("tug logs -f held")
        t.await_text("first")
        lossy.lose(t)
        subprocess.run([os.path.join(world.bin, "tug"), "job", "attach", "-i", "held"], input=b"\n", check=False,
                       stdout=subprocess.DEVNULL, env={**os.environ, "TUG_ADDRESS": world.address}, timeout=BOUND)
        t.await_text("second")
        t.await_text("local$ ")
        check(b"first" not in t.child.before, "shown twice")


if __name__ == "__main__":
    sys.exit(main(globals()))
