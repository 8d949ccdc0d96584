#!/usr/bin/python3
"""`tug top` on a terminal: it is live, and leaves nothing behind."""

import os
import signal
import sys

from terminal import check, main

ENTER = "\x1b[?1049h"
LEAVE = "\x1b[?1049l"


def begin(t):
    t.start("tug top -d 0.1")
    t.await_text(ENTER)
    t.await_text("Commands")
    t.await_text("/s")  # a second look


def ended(world, end):
    """Top, ended by `end(terminal, pid of tug)`; then the screen and the modes are those of before."""
    with world.terminal() as t:
        before = t.modes()
        begin(t)
        end(t, t.pid_of_tug())
        t.await_text(LEAVE)
        t.await_text("local$ ")
        t.run("true")
        check(t.modes() == before, "the terminal is not as it was")


def test_keys(world):
    for key in ("q", "Q", "\x03", "\x04"):
        ended(world, lambda t, _, k=key: t.type(k))


def test_signals(world):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGSEGV, signal.SIGQUIT):
        ended(world, lambda t, pid, n=number: os.kill(pid, n))


def test_tugd_goes(world):
    ended(world, lambda *_: world.stop_tugd())


def test_suspended_and_continued(world):
    with world.terminal() as t:
        before = t.modes()
        begin(t)
        t.type("\x1a")
        t.await_text(LEAVE)
        t.await_text("local$ ")
        check(t.modes() == before, "the terminal is not as it was while tug is stopped")
        t.start("fg")
        t.await_text(ENTER)
        t.await_text("Commands")
        t.type("q")
        t.await_text("local$ ")
        check(t.modes() == before, "the terminal is not as it was")


def test_what_runs_is_shown(world):
    with world.terminal() as t:
        t.start("tug exec -- sleep 1000 &")
        t.await_text("local$ ")
        begin(t)
        t.await_match(rb"Commands +1 ")
        t.type("q")
        t.await_text("local$ ")


if __name__ == "__main__":
    sys.exit(main(globals()))
