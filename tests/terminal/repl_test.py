#!/usr/bin/python3
"""`tug repl` as a place to be: editing, history, completion, a directory, and a shell within."""

import os
import signal
import stat
import sys

from terminal import PROMPT, check, main

LISTS = {"alpha": None, "alpine": None, "with blank": None, "dir": {"inner": None}, ".hidden": None}


def make(at, tree):
    for name, inner in tree.items():
        path = os.path.join(at, name)
        if inner is None:
            with open(path, "w", encoding="ascii") as f:
                f.write(f"this is {name}\n")
        else:
            os.mkdir(path)
            make(path, inner)


def repl(world):
    """A terminal where the repl has its prompt."""
    make(world.root, LISTS)
    state = os.path.join(world.directory, "state")
    t = world.terminal(XDG_STATE_HOME=state, HOME=world.directory)
    t.before = t.modes()
    t.state = state
    t.start("tug repl")
    t.await_text("tug> ")
    return t


def leave(t):
    t.line("exit")
    t.await_text("local$ ")
    t.run("true")
    check(t.modes() == t.before, "the terminal is not as it was")


def test_files(world):
    with repl(world) as t:
        t.line("ls")
        t.await_text("alpha")
        t.await_text("tug> ")
        t.line("mkdir -p new/er")
        t.await_text("tug> ")
        t.line("mv alpha new/er")
        t.await_text("tug> ")
        t.line("stat new/er/alpha")
        t.await_text("new/er/alpha")
        t.await_text("tug> ")
        t.line("rm -r new")
        t.await_text("tug> ")
        leave(t)
    check(not os.path.exists(os.path.join(world.root, "new")), "rm did nothing")


def test_a_directory_for_all(world):
    with repl(world) as t:
        t.line("cd dir")
        t.await_text("tug:/dir> ")
        t.line("exec cat inner")
        t.await_text("this is inner")
        t.await_text("tug:/dir> ")
        t.line("ls")
        t.await_text("inner")
        t.await_text("tug:/dir> ")
        t.line("get inner -")
        t.await_text("this is inner")
        t.line("cd ../alpha")
        t.await_text("no directory")
        t.await_text("tug:/dir> ")
        t.line("put /etc/hostname sent")
        t.await_text("tug:/dir> ")
        t.line("cd nowhere")
        t.await_text("not_found")
        t.await_text("tug:/dir> ")
        t.line("cd ..")
        t.await_text("tug> ")
        leave(t)
    check(os.path.exists(os.path.join(world.root, "dir", "sent")), "put went elsewhere")


def test_completion(world):
    with repl(world) as t:
        t.type("exec cat alph\t\r")
        t.await_text("this is alpha")
        t.await_text("tug> ")
        t.type("exec cat dir/i\t\r")
        t.await_text("this is inner")
        t.await_text("tug> ")
        t.type("exec cat wi\t\r")
        t.await_text("this is with blank")
        t.await_text("tug> ")
        t.type("ls al\t\t")
        t.await_text("alpha\r\nalpine")
        t.type("h\t\r")
        t.await_text("tug> ")
        t.type("mk\t")
        t.await_text("dir ")
        t.type("made\r")
        t.await_text("tug> ")
        t.line("cd dir")
        t.await_text("tug:/dir> ")
        t.type("exec cat in\t\r")
        t.await_text("this is inner")
        leave(t)
    check(os.path.isdir(os.path.join(world.root, "made")), "no directory was made")


def test_editing_and_history(world):
    with repl(world) as t:
        t.type("exec echo two\x01\x1b[C\x1b[C\x1b[C\x1b[C\x1b[C" + "\x05 three\r")  # Ctrl-A, right, Ctrl-E
        t.await_text("\r\ntwo three")
        t.await_text("tug> ")
        t.line(" exec echo not kept")
        t.await_text("\r\nnot kept")
        t.await_text("tug> ")
        t.type("\x1b[A\r")  # up
        t.await_text("\r\ntwo three")
        leave(t)
        path = os.path.join(t.state, "tug", "history")
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "others can read the history")
        t.start("tug repl")
        t.await_text("tug> ")
        t.type("\x1b[A\x1b[A\r")  # exit, then the one before
        t.await_text("\r\ntwo three")
        leave(t)
    with open(path, encoding="ascii") as f:
        check("not" not in f.read(), "a line with a blank before it was kept")


def test_a_shell_within(world):
    with repl(world) as t:
        t.line("cd dir")
        t.await_text("tug:/dir> ")
        t.line("exec -t /bin/bash --norc --noprofile")
        t.await_text(PROMPT)
        t.line("cat inner; exit 3")
        t.await_text("this is inner")
        t.await_text("[exit 3]")
        t.await_text("tug:/dir> ")
        t.line("exec echo still $((6 * 7))")
        t.await_text("\r\nstill")
        leave(t)


def test_interrupts(world):
    with repl(world) as t:
        t.type("exec echo dropped")
        t.await_text("dropped")
        t.type("\x03")
        t.await_text("(exit leaves)")
        t.await_text("tug> ")
        t.line("exec echo kept")
        t.await_text("\r\nkept")
        t.await_text("tug> ")
        t.line("exec sh -c 'echo runs now; exec sleep 600'")
        t.await_text("\r\nruns now")
        t.type("\x03")
        t.await_text("cancelled")
        t.await_text("tug> ")
        leave(t)


def test_restored(world):
    with repl(world) as t:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV):
            os.kill(t.pid_of_tug(), number)
            t.await_text("local$ ")
            t.run("true")
            check(t.modes() == t.before, f"the terminal is not as it was after {number}")
            t.start("tug repl")
            t.await_text("tug> ")
        t.type("\x04")
        t.await_text("local$ ")


def test_suspended(world):
    with repl(world) as t:
        t.type("exec echo be")
        t.await_text("echo be")  # read: Ctrl-Z drops what is not
        t.type("\x1a")
        t.await_text("Stopped")
        t.await_text("local$ ")
        check(t.modes() == t.before, "the terminal is not as it was")
        t.start("fg")
        t.line("fore")
        t.await_text("\r\nbefore")
        leave(t)


if __name__ == "__main__":
    sys.exit(main(globals()))
