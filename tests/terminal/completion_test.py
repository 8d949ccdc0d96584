#!/usr/bin/python3
"""Tab in bash, zsh and fish: commands, flags, hosts, jobs, paths of this side and of the host."""

import os
import pathlib
import subprocess
import sys

from terminal import check, main


def prepare(world):
    """Two directories and a file on the host, a host in the configuration."""
    for name in ("site", "sitemap", "other"):
        os.mkdir(os.path.join(world.root, name))
    pathlib.Path(world.root, "site", "a file").write_text("")
    config = os.path.join(world.directory, "config")
    host, port = world.address.rsplit(":", 1)
    pathlib.Path(config).write_text(f"host build-host\n    address {host}\n    port {port}\n")
    return {"TUG_CLIENT_CONFIG": config}


def expect(t, typed, shown):
    """Types that and a Tab; the line then has that."""
    t.type("\x15" + typed + "\t")  # Ctrl-U: an empty line first
    t.await_text(shown)


def common(t, ending=" "):
    expect(t, "tug inf", "tug info" + ending)
    expect(t, "tug top --del", "tug top --delay" + ending)
    expect(t, "tug info build-h", "tug info build-host" + ending)
    expect(t, "tug ls :ot", "tug ls :other/")
    expect(t, "tug ls build-host:oth", "tug ls build-host:other/")


def test_bash(world):
    with world.terminal(**prepare(world)) as t:
        t.run("eval \"$(tug --completion bash)\"")
        common(t)
        expect(t, "tug ls :site/a", "tug ls :site/a\\ file")
        os.makedirs(os.path.join(world.directory, "local-name"))
        expect(t, f"tug put {world.directory}/local-n", "/local-name")
        t.type("\x15tug ls :si\t\t\t")
        t.await_text("sitemap/")
        t.type("\x15")


def test_zsh(world):
    with world.terminal(**prepare(world)) as t:
        t.line("PS1='zsh-ready> ' ZDOTDIR=/nonexistent zsh -f")
        t.await_text("zsh-ready> ")
        t.line("autoload -U compinit; compinit -u -D; eval \"$(tug --completion zsh)\"; echo do''ne")
        t.await_text("done")
        t.await_text("zsh-ready> ")
        # zsh redraws what changes alone: it is asked for the line.
        for typed, line in (("tug inf", "tug info"), ("tug top --del", "tug top --delay"),
                            ("tug info build-h", "tug info build-host"), ("tug ls :ot", "tug ls :other/"),
                            ("tug ls build-host:oth", "tug ls build-host:other/")):
            t.type("echo [" + "\x01\x0b")  # nothing is left of what was typed before
            t.type(typed + "\t")
            t.type("\x01echo '\x05'\r")
            t.await_match(rb"\n" + line.encode() + rb" ?\r")
            t.await_text("zsh-ready> ")


def test_fish(world):
    env = {**os.environ, **prepare(world), "TUG_ADDRESS": world.address, "PATH": world.bin + ":" + os.environ["PATH"],
           "HOME": world.directory}
    for line, wanted in (("tug inf", "info"), ("tug top --del", "--delay"), ("tug info build-h", "build-host"),
                         ("tug ls :ot", ":other/"), ("tug ls :site/a", ":site/a file")):
        done = subprocess.run(["fish", "--no-config", "-c", f"tug --completion fish | source; complete -C '{line}'"],
                              env=env, capture_output=True, text=True, check=True)
        words = [found.split("\t")[0] for found in done.stdout.splitlines()]
        check(wanted in words, f"{line!r} becomes {words} in fish")


if __name__ == "__main__":
    sys.exit(main(globals()))
