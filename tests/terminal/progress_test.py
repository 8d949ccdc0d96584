#!/usr/bin/python3
"""The line that a tree shows while it is on its way, and what is said of it at its end."""

import os
import sys

from terminal import check, main

FILES = 300
LINE = rb"\[#*\.*\] \d+ of 30[01] files, [\d.]+ [KM]iB, [\d.]+ [KM]iB/s, (\d+) s left"


def make_tree(top):
    os.mkdir(top)
    for number in range(FILES):
        with open(os.path.join(top, f"file{number}"), "wb") as f:
            f.write(os.urandom(16384))
    os.mkfifo(os.path.join(top, "fifo"))


def test_there_and_back(world):
    source = os.path.join(world.directory, "tree")
    make_tree(source)
    with world.terminal(cols=120) as t:
        for words in (f"put {source} :", f"get :tree {world.directory}/back"):
            t.line(f"tug {words.split()[0]} --limit-rate 2m {' '.join(words.split()[1:])}")
            t.await_match(LINE)
            t.await_match(rb"300 files \(4\.7 MiB\), [01] directories written.* in [\d.]+ s")
            t.await_text("local$ ")
        check("'fifo' is skipped: it is a fifo" in t.run(f"tug sync {source} :tree"), "a fifo is skipped without a word")
        said = t.run(f"tug sync --replace {source} :tree")
        check("300 unchanged" in said and "1 skipped" in said, said)


if __name__ == "__main__":
    sys.exit(main(globals()))
