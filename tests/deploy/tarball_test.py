#!/usr/bin/python3
"""`./dev dist` makes the same tarball each time, byte for byte, whatever the time, the zone and the umask are.

usage: tarball_test.py BUILD_DIR. Ends with 77 where there is no git checkout.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tarfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def made(zone, umask):
    done = subprocess.run(["./dev", "dist"], cwd=SOURCE, capture_output=True, text=True, umask=umask,
                          env={**os.environ, "TZ": zone})
    if done.returncode != 0:
        raise SystemExit(f"./dev dist ended with {done.returncode}: {done.stderr}")
    digest, name = done.stdout.split()[-2:]
    file = SOURCE / "build" / name
    if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        raise SystemExit(f"{name} is not what ./dev dist says of it")
    return digest, file


def main():
    if not (SOURCE / ".git").exists():
        print("no git checkout")
        return 77
    first, file = made("UTC", 0o022)
    second, _ = made("Asia/Tokyo", 0o077)
    if first != second:
        raise SystemExit(f"{file.name} is another one each time: {first}, {second}")
    version = re.search(r"^project\(tug VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.M)[1]
    with tarfile.open(file) as tarball:
        if f"tug-{version}/CMakeLists.txt" not in tarball.getnames():
            raise SystemExit(f"{file.name} does not hold the sources")
    return 0


if __name__ == "__main__":
    sys.exit(main())
