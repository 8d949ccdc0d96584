#!/usr/bin/python3
"""Commands that outlive their connection, from the command line."""

import os
import subprocess
import sys

from terminal import BOUND, PROMPT, check, main


def keep_jobs(world):
    """A tugd that keeps jobs, in the place of the one that does not."""
    world.stop_tugd()
    world.start_tugd("127.0.0.1:0", "--no-auth", "--state-dir", os.path.join(world.directory, "state"))


def test_started_waited_for_and_removed(world):
    keep_jobs(world)
    with world.terminal() as t:
        check(t.run("tug job start --name build -- sh -c 'seq 1 5; echo bad >&2; exit 3'").find("build") >= 0, "no name")
        t.run("tug job wait build")
        check(t.code == 3, f"exit code {t.code}")
        shown = t.run("tug job logs build")
        check("5" in shown and "bad" in shown, shown)
        check("\n4" in (shown := t.run("tug logs --tail 2 build")) and "3" not in shown, shown)
        check("exit 3" in t.run("tug job ls"), "not listed")
        check("exit 3" in t.run("tug job status build"), "no status")
        check('"state":"ended"' in t.run("tug --json job status build"), "no object")
        t.run("tug job rm build")
        check(t.code == 0, "not removed")
        check("not_found" in t.run("tug job status build"), "still there")


def test_head_and_tail(world):
    """Of a long output, without what lies between."""
    keep_jobs(world)
    with world.terminal() as t:
        t.run("tug job start --name long -- seq 1 2000000; tug job wait long")
        check(t.run("tug logs --head 2 long; :").splitlines()[1:] == ["1", "2"], "not the head")
        shown = t.run("tug logs --head 2 --tail 1 long; :").splitlines()
        check(shown[1:3] + shown[-1:] == ["1", "2", "2000000"] and "left out" in shown[3], shown)
        check(t.run("tug logs --head 9 --tail 9 short").find("not_found") > 0, "no error")
        t.run("tug job start --name short -- seq 1 5; tug job wait short")
        check(t.run("tug logs --head 3 --tail 3 short; :").split()[-5:] == ["1", "2", "3", "4", "5"], "not each line once")


def test_followed_logs(world):
    """-f shows what comes until the job ends; without it what is there."""
    keep_jobs(world)
    with world.terminal() as t:
        t.run("tug job start -i --name talks -- sh -c 'echo first; cat; echo last'")
        check("first" in t.run("while ! tug logs talks | grep first; do :; done"), "not there")
        t.start("tug logs -f talks; echo co\"\"de $?")
        t.await_text("first")
        with world.terminal() as other:
            other.run("echo typed | tug job attach -i talks")
        t.await_text("typed")
        t.await_text("last")
        t.await_text("code 0")


def test_attached_with_stdin_that_another_one_takes(world):
    keep_jobs(world)
    with world.terminal() as t:
        t.run("tug job start -i --name cat -- cat")
        first = subprocess.Popen([os.path.join(world.bin, "tug"), "job", "attach", "-i", "cat"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env={**os.environ, "TUG_ADDRESS": world.address})
        first.stdin.write(b"one\n")
        first.stdin.flush()
        check(first.stdout.readline() == b"one\n", "not what was written")
        check("busy" in t.run("echo two | tug job attach -i cat"), "two write at once")
        t.run("echo two | tug job attach -i --take-over --new cat")
        check(b"busy" in first.stderr.read() and first.wait(BOUND) == 125, "the first one is not told")
        check(t.run("tug logs cat; :").split()[-2:] == ["one", "two"], "not what was written")


def test_exactly_once_by_name(world):
    keep_jobs(world)
    with world.terminal() as t:
        for _ in range(3):
            t.run("tug job start --name once -- sh -c 'echo ran >> times'")
            check(t.code == 0, "not started")
        t.run("tug job wait once")
        check("already_exists" in t.run("tug job start --name once -- true"), "another one under its name")
    with open(os.path.join(world.root, "times"), encoding="ascii") as f:
        check(f.read() == "ran\n", "it did not run once")


def test_detached_signalled_and_cancelled(world):
    keep_jobs(world)
    with world.terminal() as t:
        name = t.run("tug exec -d -- sleep 600").split()[-1]
        check("running" in t.run("tug job ls"), "not listed")
        check("busy" in t.run(f"tug job rm {name}"), "removed while it runs")
        t.run(f"tug job signal {name} KILL")
        t.run(f"tug job wait {name}")
        check(t.code == 137, f"exit code {t.code}")
        t.run("tug job start --name long -- sleep 600; tug job cancel long")
        check(t.code == 0 and "cancelled" in t.run("tug job status long"), "not cancelled")


def test_a_terminal_that_is_left_and_found_again(world):
    keep_jobs(world)
    with world.terminal() as t:
        before = t.modes()
        t.run("tug job start -it --name shell -- /bin/bash --norc --noprofile")
        t.start("tug job attach shell")
        t.await_text(PROMPT)
        t.line("mark=here")
        t.await_text(PROMPT)
        t.type("\r~d")
        t.await_text("local$ ")
        t.run("true")
        check(t.modes() == before, "the terminal is not as it was")
        t.start("tug job attach --new shell")
        t.line("echo it is $mark; exit 5")
        t.await_text("it is here")
        t.await_text("local$ ")
        check("5" in t.run("echo $?"), "the exit code is lost")


if __name__ == "__main__":
    sys.exit(main(globals()))
