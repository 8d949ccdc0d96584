#!/usr/bin/python3
"""The picture of a session in README.md, from the real programs: session_picture.py BUILD_DIR OUT.svg

A tugd records a terminal (--record) in which the lines of SESSION are typed, so what is shown is what they printed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

import pexpect

PROMPT = "$ "
COLUMNS = 96
SESSION = [
    "tug exec web1 -- uname -sm",
    "echo 'int main() { return 42; }' >main.c",
    "tug run web1 --put main.c --get a.out -- cc main.c",
    "tug put site web1:/srv/site",
    "tug sync site web1:/srv/site",
    "tug job start web1 --name nightly -- ./backup",
    "tug job wait web1 nightly; echo $?",
    "tug get web1:/srv/none .",
    "tug info web1",
]


def start_tugd(bin_dir, home, *flags):
    tugd = subprocess.Popen([bin_dir / "tugd", "--keys", home / "key", "--root", home / "root", "--listen", "127.0.0.1:0",
                             *flags], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return tugd, tugd.stdout.readline().split()[-1]


def prepare(bin_dir, home):
    """A key, what is sent, and a program on the host."""
    key = subprocess.run([bin_dir / "tug", "keygen", "demo"], capture_output=True, text=True, check=True).stdout
    (home / "key").touch(mode=0o600)
    (home / "key").write_text(key)
    for name in ("root/srv", "here/site"):
        (home / name).mkdir(parents=True)
    for n in range(40):
        (home / "here/site" / f"page{n}.html").write_text("<p>" * 20_000)
    backup = home / "root/backup"
    backup.write_text("#!/bin/sh\necho 3 files\nexit 3\n")
    backup.chmod(0o755)


def record(bin_dir, home):
    """Types the session into a shell on a terminal of tugd; the lines of the recording."""
    tugd, address = start_tugd(bin_dir, home, "--record", home / "casts", "--state-dir", home / "state")
    host, port = address.rsplit(":", 1)
    (home / "config").write_text(f"host web1\n    address {host}\n    port {port}\n    key-file {home}/key\n")
    env = {"PATH": f"{bin_dir}:{os.environ['PATH']}", "TUG_CLIENT_CONFIG": str(home / "config"), "TERM": "xterm", "HOME": str(home),
           "LANG": "C.UTF-8"}
    shell = ["exec", "-t", "--clear-env", *(f for k, v in env.items() for f in ("-e", f"{k}={v}")), "-e", f"PS1={PROMPT}",
             "web1", "--", "/bin/bash", "--noprofile", "--norc", "--noediting"]
    try:
        tug = pexpect.spawn(str(bin_dir / "tug"), shell, env={**os.environ, **env}, dimensions=(50, COLUMNS), timeout=60)
        tug.expect_exact(PROMPT)
        tug.send(f"cd {home}/here; printf '\\033[J'\r")
        tug.expect(r"\x1b\[J.*" + re.escape(PROMPT) + "$")
        for line in SESSION:
            tug.send(line + "\r")
            tug.expect(r"\r\n" + re.escape(PROMPT) + "$")
        tug.send("exit\r")
        tug.expect(pexpect.EOF)
    finally:
        tugd.terminate()
        tugd.wait(60)
    return next((home / "casts").iterdir()).read_text().splitlines()


def shown(cast):
    """The lines on the screen at the end, by a terminal that knows no more than these programs use."""
    text = "".join(event[2] for event in map(json.loads, cast[1:]) if event[1] == "o")
    text = text[text.rindex("\x1b[J") if "\x1b[J" in text else 0:]
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]", "", text)
    lines = [line.split("\r")[-1] for line in text.replace("\r\n", "\n").split("\n")]
    first = next(n for n, line in enumerate(lines) if line.startswith(PROMPT + SESSION[0][:8]))
    last = max(n for n, line in enumerate(lines) if line.startswith(PROMPT + "exit"))
    return lines[first:last]


def drawn(lines):
    width, height, left, top = 8.4, 18, 16, 44
    across, down = COLUMNS * width + 2 * left, len(lines) * height + top + 12
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {down}" font-family="ui-monospace, monospace" '
           'font-size="14">', f'<rect width="{across:.0f}" height="{down}" rx="8" fill="#1b1f27"/>']
    for n, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        out.append(f'<circle cx="{20 + 20 * n}" cy="18" r="6" fill="{colour}"/>')
    for n, line in enumerate(lines):
        y = top + n * height
        if line.startswith(PROMPT):
            line, colour = line[len(PROMPT):], "#ffffff"
            out.append(f'<text x="{left}" y="{y}" fill="#6cc070">$</text>')
            x = left + len(PROMPT) * width
        else:
            x, colour = left, "#e8a33d" if line.startswith("tug: ") else "#aab2c0"
        out.append(f'<text x="{x:.1f}" y="{y}" fill="{colour}" xml:space="preserve">{escape(line)}</text>')
    return "\n".join([*out, "</svg>", ""])


def main():
    bin_dir = pathlib.Path(sys.argv[1]).resolve() / "bin"
    with tempfile.TemporaryDirectory(prefix="tug-picture-") as directory:
        home = pathlib.Path(directory)
        prepare(bin_dir, home)
        pathlib.Path(sys.argv[2]).write_text(drawn(shown(record(bin_dir, home))))


if __name__ == "__main__":
    main()
