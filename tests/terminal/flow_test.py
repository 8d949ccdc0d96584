#!/usr/bin/python3
"""Much at once: pasted, resized, flooded."""

import hashlib
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
from cut_proxy import CutProxy
from terminal import PROMPT, check, main

MIB = 1024 * 1024


def test_pasted(world):
    """1 MiB in lines, as fast as the terminal takes it."""
    line = b"0123456789abcdef" * 3 + b"0123456789abcde\n"
    text = line * (MIB // len(line))
    with world.terminal() as t:
        t.start(f"tug exec -it --escape none -- sh -c 'stty raw -echo; echo be\"\"gin; head -c {len(text)} > pasted; stty sane'")
        t.await_text("begin")
        t.child.send(text)
        t.await_text("local$ ")
        with open(os.path.join(world.root, "pasted"), "rb") as f:
            check(hashlib.sha256(f.read()).digest() == hashlib.sha256(text).digest(), "what was pasted is not what came")


def test_pasted_and_echoed(world):
    """Both ways at once: neither waits for the other for good."""
    count = 20000
    with world.terminal() as t:
        t.start("tug exec -it -- cat")
        typist = threading.Thread(target=lambda: [t.child.send(f"word {n}\r") for n in range(count)])
        typist.start()
        t.await_text(f"word {count - 1}")
        typist.join()
        t.type("\x04")
        t.await_text("local$ ")


def test_resize_storm(world):
    with world.terminal() as t:
        t.shell()
        for n in range(500):
            t.child.setwinsize(20 + n % 50, 70 + n % 90)
        t.child.setwinsize(61, 161)
        t.line("while [ \"$(stty size)\" != '61 161' ]; do :; done; echo its $((40 + 2))")
        t.await_text("its 42")
        t.line("exit")
        t.await_text("local$ ")


def test_interrupted_flood(world):
    interrupt_flood(world, world.address)


def test_interrupted_flood_over_a_long_link(world):
    """What is on its way when Ctrl-C is typed is shown first: there must be little of it."""
    link = CutProxy(lambda: world.address, delay=0.025)
    interrupt_flood(world, link.address)
    link.close()


def interrupt_flood(world, address):
    with world.terminal(TUG_ADDRESS=address) as t:
        t.shell()
        t.line("yes flooded")
        for _ in range(200):
            t.await_text("flooded\r\nflooded")
        began = time.monotonic()
        t.type("\x03")
        t.await_text(PROMPT)
        print(f"        Ctrl-C of a flood was felt after {time.monotonic() - began:.3f} s")
        t.line("echo code $?")
        t.await_text("code 130")
        t.line("exit")
        t.await_text("local$ ")


def test_random_bytes(world):
    with world.terminal() as t:
        before = t.modes()
        t.start("tug exec -t -- sh -c 'head -c 1000000 /dev/urandom; echo; echo the end' | tail -c 9")
        t.await_text("the end")
        t.await_text("local$ ")
        t.run("true")
        check(t.modes() == before, "the terminal is not as it was")


def test_random_bytes_for_ever(world):
    """Until Ctrl-C, whatever of it a terminal might take for a key of its own."""
    with world.terminal() as t:
        before = t.modes()
        shown = os.path.join(world.directory, "flood")
        t.start(f"tug exec -it -- cat /dev/urandom >{shown}; echo co\"\"de $?")
        while not (os.path.exists(shown) and os.path.getsize(shown) > MIB):
            time.sleep(0.01)
        t.type("\x03")
        t.await_text("code 130")
        check(t.modes() == before, "the terminal is not as it was")


def test_many_shells(world):
    """Side by side, each with its own terminal."""
    terminals = []
    try:
        for n in range(100):
            t = world.terminal(rows=30 + n)
            terminals.append(t)
            t.start("tug exec -it -- /bin/bash --norc --noprofile")
        for n, t in enumerate(terminals):
            t.await_text(PROMPT)
            t.line("stty size; exit")
        for n, t in enumerate(terminals):
            t.await_text(f"{30 + n} 80")
            t.await_text("local$ ")
    finally:
        for t in terminals:
            t.__exit__()


if __name__ == "__main__":
    sys.exit(main(globals()))
