#!/usr/bin/python3
"""The local terminal is as it was, whatever ended `tug`."""

import os
import signal
import sys

from terminal import check, main


def check_restored(t, before):
    check(t.modes() == before, "the terminal is not as it was")
    check("sane" in t.run("echo sane"), "the terminal does not work")


def ended_by(world, end, code=None):
    """A shell in the terminal, ended by `end(terminal, pid of tug)`; then the local shell is there again."""
    with world.terminal() as t:
        before = t.modes()
        t.shell()
        end(t, t.pid_of_tug())
        t.await_text("local$ ")
        t.run("true")
        check_restored(t, before)


def test_raw_while_it_runs(world):
    with world.terminal() as t:
        before = t.modes()
        t.shell()
        tty = os.readlink(f"/proc/{t.pid_of_tug()}/fd/0")
        t.line("exec stty -F " + tty + " -g")
        shown = t.await_match(rb"((?:[0-9a-f]+:){10,}[0-9a-f]+)").group(1).decode()
        check(shown != before, "the local terminal is not raw")
        t.await_text("local$ ")
        check_restored(t, before)


def test_exit(world):
    with world.terminal() as t:
        before = t.modes()
        t.shell()
        t.line("exit 7")
        t.await_text("local$ ")
        check("7" in t.run("echo $?"), "the exit code is lost")
        check_restored(t, before)


def test_error(world):
    with world.terminal() as t:
        before = t.modes()
        check("exec_not_found" in t.run("tug exec -it -- /no/such/program"), "no error")
        check(t.code == 127, f"exit code {t.code}")
        check_restored(t, before)


def test_leave(world):
    def leave(t, _):
        t.type("\r~.")
        t.await_text("cancelled")

    ended_by(world, leave)


def test_signals(world):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT,
                   signal.SIGBUS, signal.SIGFPE, signal.SIGUSR1, signal.SIGALRM):
        ended_by(world, lambda t, pid, n=number: os.kill(pid, n))


def test_two_signals_while_tugd_hangs(world):
    """tugd answers nothing any more: the first signal waits for it, the second ends tug at once."""

    def end(t, pid):
        world.tugd.send_signal(signal.SIGSTOP)
        os.kill(pid, signal.SIGTERM)
        while os.path.exists(f"/proc/{pid}"):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                break
        world.tugd.send_signal(signal.SIGCONT)

    ended_by(world, end)


def test_leave_while_tugd_hangs(world):
    def leave(t, _):
        world.tugd.send_signal(signal.SIGSTOP)
        t.type("\r~.")
        t.await_text("cancelled")
        world.tugd.send_signal(signal.SIGCONT)

    ended_by(world, leave)


def test_tugd_killed(world):
    def kill(t, _):
        world.tugd.kill()
        t.await_text("connection_lost")

    ended_by(world, kill)


def test_suspended_and_continued(world):
    with world.terminal() as t:
        before = t.modes()
        t.shell()
        t.type("\r~\x1a")
        t.await_text("Stopped")
        t.await_text("local$ ")
        check_restored(t, before)
        t.child.setwinsize(33, 99)  # while tug does not run
        t.start("fg")
        t.line("echo $((6 * 7)); stty size")
        t.await_text("42")
        t.await_text("33 99")
        t.line("exit")
        t.await_text("local$ ")
        check_restored(t, before)


def test_stopped_from_outside(world):
    for number in (signal.SIGTSTP, signal.SIGSTOP):
        with world.terminal() as t:
            before = t.modes()
            t.shell()
            os.kill(t.pid_of_tug(), number)
            t.await_text("Stopped")
            t.await_text("local$ ")
            check_restored(t, before)
            t.start("fg")
            t.line("echo $((6 * 7))")
            t.await_text("42")
            t.line("exit")
            t.await_text("local$ ")
            check_restored(t, before)


def test_continued_in_the_background(world):
    with world.terminal() as t:
        before = t.modes()
        t.shell()
        t.type("\r~\x1a")
        t.await_text("Stopped")
        t.await_text("local$ ")
        t.run("bg")
        check_restored(t, before)  # it stops again instead of taking the keyboard
        t.start("fg")
        t.line("exit")
        t.await_text("local$ ")
        check_restored(t, before)


if __name__ == "__main__":
    sys.exit(main(globals()))
