#!/usr/bin/python3
"""Programs that want a terminal, driven as a person drives them."""

import os
import re
import shutil
import subprocess
import sys

from terminal import PROMPT, check, main


def test_job_control(world):
    with world.terminal() as t:
        t.shell()
        # A key that comes before the program has the terminal is for the shell, which drops it.
        t.line("bash -c 'echo be\"\"gun; exec sleep 600'")
        t.await_text("begun")
        t.type("\x1a")
        t.await_text("Stopped")
        t.await_text(PROMPT)
        t.line("bg; jobs")
        t.await_match(rb"Running[^\n]*sleep 600")
        t.line("fg")
        t.await_text("exec sleep 600'\r\n")
        t.type("\x03")
        t.await_text(PROMPT)
        t.line("""python3 -c 'import time; print("be" + "gun", flush=True); time.sleep(600)'""")  # bash ignores SIGQUIT
        t.await_text("begun")
        t.type("\x1c")
        t.await_text("Quit")
        t.line("exit 3")
        t.await_text("local$ ")
        check("3" in t.run("echo $?"), "the exit code is lost")


def test_size_and_kind_are_there_from_the_start(world):
    with world.terminal(rows=31, cols=117) as t:
        shown = t.run("tug exec -it -- sh -c 'stty size; echo $TERM; tty'")
        check("31 117" in shown and "xterm-256color" in shown and "/dev/pts/" in shown, shown)
        check(t.code == 0, f"exit code {t.code}")


def test_terminal_without_i(world):
    """-t alone is driven from the local terminal too, as with ssh."""
    with world.terminal() as t:
        t.shell("exec -t -- /bin/bash --norc --noprofile")
        t.line("exit 4")
        t.await_text("local$ ")
        check("4" in t.run("echo $?"), "the exit code is lost")


def test_no_local_terminal(world):
    with world.terminal() as t:
        shown = t.run("echo 'tty; stty size; exit 5' | tug exec -it -- sh | cat; echo ${PIPESTATUS[1]}")
        check("standard input is no terminal" in shown, shown)
        check("/dev/pts/" in shown and "24 80" in shown, shown)
        check(re.search(r"^5\r?$", shown, re.M), shown)


def test_vim(world):
    with world.terminal() as t:
        t.start("tug exec -it -- vim.tiny -u NONE -n written")
        t.await_text("~")
        t.type("ione two\x1b")
        t.type("osecond\x1b")
        t.type(":wq\r")
        t.await_text("local$ ")
        with open(os.path.join(world.root, "written"), encoding="utf-8") as f:
            check(f.read() == "one two\nsecond\n", "vim wrote something else")


def test_vim_follows_the_size(world):
    with world.terminal() as t:
        t.start("tug exec -it -- vim.tiny -u NONE -n")
        t.await_text("~")
        t.child.setwinsize(40, 120)
        t.await_text("\x1b[39;1H")  # it has drawn all of it
        t.type(":set lines?\r")
        t.await_text("lines=40")
        t.type(":q!\r")
        t.await_text("local$ ")


def test_top(world):
    with world.terminal() as t:
        t.start("tug exec -it -- top")
        t.await_text("load average")
        t.type("q")
        t.await_text("local$ ")


def test_htop(world):
    """Colours, boxes, keys that are escape sequences, and another size while it draws."""
    if not shutil.which("htop"):
        return
    with world.terminal() as t:
        before = t.modes()
        t.start("tug exec -it -e HOME=/nonexistent -- htop")
        t.await_text("Load average")
        t.child.setwinsize(40, 120)
        t.await_match(rb"\x1b\[40(;\d+H|d)")  # it draws the lowest line
        t.type("\x1bOP")  # F1
        t.await_text("Press any key to return")
        t.type("q")
        t.await_text("Load average")
        t.type("q")
        t.await_text("local$ ")
        t.run("true")
        check(t.modes() == before, "the terminal is not as it was")


def test_less(world):
    with open(os.path.join(world.root, "numbers"), "w", encoding="ascii") as f:
        f.write("".join(f"line {n}\n" for n in range(5000)))
    with world.terminal() as t:
        t.start("tug exec -it -e LESS= -- less numbers")
        t.await_text("line 10")
        t.type("G")
        t.await_text("line 4999")
        t.type("q")
        t.await_text("local$ ")


def test_python(world):
    with world.terminal() as t:
        t.start("tug exec -it -- /usr/bin/python3 -q")
        t.await_text(">>> ")
        t.line("6 * 7")
        t.await_text("42")
        t.line("import sys; sys.stdin.isatty()")
        t.await_text("True")
        t.await_text(">>> ")
        t.type("\x04")
        t.await_text("local$ ")


def test_password(world):
    """What is typed is not shown, and arrives."""
    with world.terminal() as t:
        t.start("tug exec -it -- bash -c 'read -rsp wo\"\"rd: w; echo; echo \"<$w>\" | tr a-z b-za; stty -a'")
        t.await_text("word:")
        t.line("secret")
        t.await_text("<tfdsfu>")
        check(b"secret" not in t.child.before, "a password is shown")
        t.await_match(rb"[^-]echo ")  # and the terminal echoes again
        t.await_text("local$ ")


def test_sudo(world):
    if os.geteuid() != 0 or not shutil.which("sudo"):
        return
    with world.terminal() as t:
        shown = t.run("tug exec -t -- sudo -k sh -c 'tty; id -u'")
        check("/dev/pts/" in shown and "\n0" in shown, shown)


def test_tmux(world):
    if not shutil.which("tmux"):
        return
    with world.terminal() as t:
        t.start("tug exec -it -- tmux -L inner-%d -f /dev/null new -s x 'echo in\"\" tmux; cat'" % os.getpid())
        t.await_text("in tmux")
        t.line("typed")
        t.await_text("typed")
        t.type("\x04")
        t.await_text("local$ ")


def test_bytes_are_untouched(world):
    """Keys of all values but NUL, among them what is no UTF-8, reach a program that reads its terminal raw."""
    every = bytes(range(1, 256))
    with world.terminal() as t:
        t.start("tug exec -it --escape none -- sh -c 'stty raw -echo; echo be\"\"gin; head -c 255 > bytes; stty sane'")
        t.await_text("begin")
        t.child.send(every)
        t.await_text("local$ ")
        with open(os.path.join(world.root, "bytes"), "rb") as f:
            check(f.read() == every, "bytes were changed")


def test_escapes_may_be_none_or_another(world):
    with world.terminal() as t:
        t.start("tug exec -it --escape none -- sh -c 'stty -echo; read x; echo \"<$x>\"'")
        t.type("~?\r")
        t.await_text("<~?>")
        t.await_text("local$ ")
        t.shell("exec -it --escape '^]' -- /bin/bash --norc --noprofile")
        t.type("\x1d?")
        t.await_text("leave")
        t.type("\x1d.")
        t.await_text("cancelled")
        t.await_text("local$ ")
        check("130" in t.run("echo $?"), "the exit code")


def test_help_and_the_character_itself(world):
    with world.terminal() as t:
        t.shell()
        t.type("~?")
        t.await_text("suspend tug\r\n")
        t.line("\r~~/x")
        t.await_text("~/x")
        t.line("exit")
        t.await_text("local$ ")


def test_language_goes_along(world):
    with world.terminal(LANG="C.UTF-8", LC_TIME="xx_YY") as t:
        shown = t.run("tug exec -t -- sh -c 'echo \"<$LANG $LC_TIME>\"'")
        check("<C.UTF-8 xx_YY>" in shown, shown)
        check("<fr xx_YY>" in t.run("tug exec -t -e LANG=fr -- sh -c 'echo \"<$LANG $LC_TIME>\"'"), "-e goes over it")
        check("xx_YY" not in t.run("tug exec -- sh -c 'echo \"<$LANG $LC_TIME>\"'"), "without a terminal it stays here")


def test_language_where_the_key_has_none(world):
    """What the key does not allow is left out, and what the user asks for is refused all the same."""
    keys = os.path.join(world.directory, "keys")
    subprocess.run([os.path.join(world.bin, "tug"), "keygen", "--argv0", "sh", "-o", keys, "me"], check=True)
    world.stop_tugd()
    world.start_tugd("127.0.0.1:0", "--keys", keys)
    with world.terminal(LANG="xx_YY", TUG_KEY_FILE=keys) as t:
        shown = t.run("tug exec -t -- sh -c 'echo \"<$LANG>\"'")
        check(t.code == 0 and "xx_YY" not in shown, shown)
        check("permission_denied" in t.run("tug exec -t -e LANG=fr -- sh -c true") and t.code == 126, "-e is let through")


def test_output_before_the_end_is_whole(world):
    with world.terminal() as t:
        shown = t.run("tug exec -t -- seq 1 20000")
        check(shown.replace("\r", "").split("\n")[-2:-1] == ["20000"], shown[-200:])
        shown = t.run("tug exec -t -- sh -c 'seq 1 3000; kill -9 $$'")
        check("3000" in shown and t.code == 137, f"{t.code} {shown[-200:]}")


if __name__ == "__main__":
    sys.exit(main(globals()))
