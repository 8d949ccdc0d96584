#!/usr/bin/python3
"""A shell, and a command, whose connection is lost: they are found again, and no byte is lost or comes twice."""

import os
import re
import subprocess
import sys

from lossy import Lossy
from terminal import BOUND, PROMPT, check, main

SHELL = "shell -- /bin/bash --norc --noprofile"


def test_shell_comes_back(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        before = t.modes()
        t.shell(SHELL)
        t.line("mark=here; trap 'echo drawn again' WINCH")
        t.await_text(PROMPT)
        for n in range(3):
            lossy.lose(t)
            t.line(f"echo it is $mark $(({n} + 40))")
            t.await_text(f"it is here {n + 40}")
        t.await_text(PROMPT)
        t.line("exit 7")
        t.await_text("local$ ")
        check("code 7" in t.run("echo code $?"), "the exit code is lost")
        check(t.modes() == before, "the terminal is not as it was")
        check(not lossy.jobs(), "the job was not removed")


def test_shell_outlives_tugd(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.shell(SHELL)
        t.line("mark=here")
        t.await_text(PROMPT)
        lossy.kill_tugd()
        t.await_text("connected again")
        t.line("echo it is $mark; exit")
        t.await_text("it is here")
        t.await_text("local$ ")
        check(not lossy.jobs(), "the job was not removed")


def test_screen_is_drawn_again(world):
    """By a program that draws when it is told that its terminal has another size, and only then."""
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.start("tug shell -- bash -c 'trap \"echo dr\"\"awn\" WINCH; echo re\"\"ady; while :; do read -t 1 x && exit; done'")
        t.await_text("ready")
        lossy.lose(t)
        t.await_text("drawn")
        t.line("")
        t.await_text("local$ ")


def test_nothing_shown_twice(world):
    count = 3000
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.start("tug -q shell -- sh -c 'stty -echo; trap : WINCH; i=0; while [ $i -lt %d ]; do i=$((i+1)); echo n$i.; "
                "[ $((i %% 500)) -ne 0 ] || read x; done; echo the e\"\"nd'" % count)
        shown = b""
        for _ in range(count // 500):
            t.await_match(rb"n\d+00\.")
            shown += t.child.before + t.child.after
            lossy.proxy.cut()
            t.line("")
        t.await_text("the end")
        shown += t.child.before
        numbers = [int(n) for n in re.findall(rb"n(\d+)\.", shown)]
        check(numbers == list(range(1, count + 1)), f"{len(numbers)} numbers of {count}")


def test_typed_once(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.start("tug shell -- sh -c 'stty -echo; echo be\"\"gin; cat > typed; echo the e\"\"nd'")
        t.await_text("begin")
        for n in range(400):
            t.line(f"line {n}")
            if n % 100 == 50:
                lossy.proxy.cut()
        t.type("\x04")
        t.await_text("the end")
        with open(os.path.join(world.root, "typed"), encoding="ascii") as f:
            check(f.read().splitlines() == [f"line {n}" for n in range(400)], "what was typed is not what came")


def test_left(world):
    """The shell ends and no job is left."""
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.shell(SHELL)
        t.type("\r~.")
        t.await_text("local$ ")
        check(not lossy.jobs(), "the job was not removed")


def test_detached_and_attached_again(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.shell(SHELL)
        t.line("mark=here")
        t.await_text(PROMPT)
        t.type("\r~d")
        again = t.await_match(rb"(tug job attach [\w-]+)").group(1).decode()
        t.await_text("local$ ")
        t.start(again)
        t.await_text("mark=here")
        t.line("echo it is $mark; exit")
        t.await_text("it is here")
        t.await_text("local$ ")


def test_left_while_the_connection_is_lost(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        before = t.modes()
        for key in ("\x03", "~."):
            t.shell(SHELL)
            t.type("\r")
            lossy.proxy.refusing = True
            lossy.proxy.cut()
            t.await_text("the connection is lost")
            t.type(key)
            t.await_text("the job goes on: tug job attach")
            t.await_text("local$ ")
            lossy.proxy.refusing = False
        t.run("true")
        check(t.modes() == before, "the terminal is not as it was")
        check(len(lossy.jobs()) == 2, "the jobs do not go on")


def test_without_jobs_it_is_a_shell_all_the_same(world):
    with world.terminal() as t:
        t.shell(SHELL)
        check(b"ends with" not in t.child.before, "it says so though -v is not given")
        t.line("exit")
        t.await_text("local$ ")
        t.start("tug -v " + SHELL)
        t.await_text("this shell ends with its connection")
        t.await_text(PROMPT)
        t.line("exit")
        t.await_text("local$ ")


def test_command_goes_on_at_the_very_byte(world):
    """Both directions, in a pipe: what is counted comes once and in order, over cuts and kills of tugd."""
    lines = 60000
    sent = "".join(f"in {n}\n" for n in range(lines)).encode()
    with Lossy(world) as lossy:
        script = f"seq 1 {lines}; cat; exit 3"
        proxy, cuts = lossy.proxy, []

        def again():
            cuts.append(1)
            if len(cuts) % 4 == 0:
                lossy.kill_tugd()
            proxy.cut_after = 70000 if len(cuts) < 12 else None

        proxy.on_cut, proxy.cut_after = again, 70000
        done = subprocess.run([os.path.join(world.bin, "tug"), "exec", "-i", "--reconnect", "--", "sh", "-c", script],
                              input=sent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=2 * BOUND, check=False,
                              env={**os.environ, "TUG_ADDRESS": proxy.address})
        expected = "".join(f"{n}\n" for n in range(1, lines + 1)).encode() + sent
        check(len(cuts) >= 12, f"{len(cuts)} cuts")
        check(done.stdout == expected, f"{len(done.stdout)} bytes in the place of {len(expected)}: {done.stderr[-300:]}")
        check(done.returncode == 3, f"exit code {done.returncode}")
        check(b"the connection is lost" in done.stderr, "nothing is said")
        check(not lossy.jobs(), "the job was not removed")


def test_interrupted_command(world):
    """Ctrl-C ends it while there is a connection, and leaves it while there is none."""
    with Lossy(world) as lossy, lossy.terminal() as t:
        t.start("tug exec --reconnect -- sh -c 'echo be\"\"gun; sleep 600'")
        t.await_text("begun")
        t.type("\x03")
        t.await_text("local$ ")
        check(not lossy.jobs(), "the job was not removed")
        t.start("tug exec --reconnect -- sh -c 'echo be\"\"gun; sleep 600'")
        t.await_text("begun")
        lossy.proxy.refusing = True
        lossy.proxy.cut()
        t.await_text("the connection is lost")
        t.type("\x03")
        t.await_text("the job goes on: tug job attach")
        t.await_text("local$ ")
        check(len(lossy.jobs()) == 1, "the job does not go on")


def test_reader_leaves(world):
    with Lossy(world) as lossy, lossy.terminal() as t:
        shown = t.run("tug exec --reconnect -- yes line | head -2; echo ${PIPESTATUS[0]}")
        check(shown.count("line") == 3 and "141" in shown, shown)
        check(not lossy.jobs(), "the job was not removed")


if __name__ == "__main__":
    sys.exit(main(globals()))
