"""Trees for the torture programs: how they are made and compared, and how they cross the wire (written from PROTOCOL.md alone)."""

import json
import os
import random
import struct

from .torture import TEMPORARY, Refused

FILES = 400
LARGE = 3 << 20


def make_tree(top, number, files=FILES):
    """Another one for each number: contents, names, links, holes, times and modes."""
    os.mkdir(top)
    for i in range(files):
        directory = os.path.join(top, str(i % 20))
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, f"{i}-{number if i % 9 == 0 else ''}")
        with open(path, "wb") as f:
            # Every third is the same in all of them.
            f.write(b"%d %d\n" % (number if i % 3 else 0, i) * (i % 50 * (40 if i % 10 == 0 else 1)))
            if i % 40 == 7:
                f.truncate(f.tell() + 20_000)
        os.chmod(path, 0o600 | (number + i) % 2 * 0o44)
        if i % 3 == 0:
            os.utime(path, ns=(0, 10**18 + i))
    with open(os.path.join(top, "2", "large"), "wb") as f:
        f.write(random.Random(7).randbytes(LARGE))  # for deltas: a part of it differs
        f.seek(LARGE // 3 * (1 + number % 2))
        f.write(b"%d" % number * 100_000)
    os.symlink(f"to {number}", os.path.join(top, "link"))
    os.link(os.path.join(top, "1", "1-"), os.path.join(top, "second name"))
    os.mkdir(os.path.join(top, f"-empty\n{number}"))
    os.chmod(os.path.join(top, "3"), 0o555)


def picture(top):
    """All that a tree has: types, modes, times, contents, and which names are one file. None where there is no tree."""
    if not os.path.isdir(top):
        return None
    out, first = {}, {}
    for where, directories, files in os.walk(top):
        directories.sort()
        for name in sorted(directories + files):
            path = os.path.join(where, name)
            relative = os.path.relpath(path, top)
            st = os.lstat(path)
            if os.path.islink(path):
                out[relative] = ("link", os.readlink(path))
            elif os.path.isfile(path):
                with open(path, "rb") as f:
                    out[relative] = (st.st_mode, st.st_mtime_ns, f.read(), first.setdefault(st.st_ino, relative))
            else:
                out[relative] = (st.st_mode, st.st_mtime_ns)
    return out


def left_over(*places, parts=True):
    """Names of temporaries; `parts`: also those of what waits to be gone on with."""
    return [name for place in places for name in os.listdir(place)
            if name.startswith(TEMPORARY) and (parts or not name.endswith(".part"))]


# --- on the wire --------------------------------------------------------------------------------------------------------


def record(head, body=b""):
    text = json.dumps(head).encode() if head else b""
    return struct.pack(">II", len(text), len(body)) + text + body


def entries(files):
    """A stream of files, whose order is that of their names, with the directories that they are in."""
    out, made = bytearray(), set()
    for path in sorted(files, key=lambda p: p.split("/")):
        names = path.split("/")
        for depth in range(1, len(names)):
            directory = "/".join(names[:depth])
            if directory not in made:
                made.add(directory)
                out += record({"path": directory, "type": "directory", "mode": 0o755})
        content = files[path]
        out += record({"path": path, "type": "file", "size": len(content), "mode": 0o644, "mtime_ns": 10**18}, content)
    return bytes(out)


def put_tree(client, path, files, **more):
    number = client.call("tree.put", {"path": path, **more})
    client.write(number, "data", entries(files))
    return client.wait(number)


def get_tree(client, path, **more):
    """Every file of it, with its content."""
    number = client.call("tree.get", {"path": path, **more})
    client.wait(number)
    data, at = bytes(client.output.pop((number, "data"), b"")), 0
    files, last = {}, None
    while at < len(data):
        head, body = struct.unpack_from(">II", data, at)
        text, content = data[at + 8:at + 8 + head], data[at + 8 + head:at + 8 + head + body]
        at += 8 + head + body
        said = json.loads(text) if text else {}
        if "path" in said:
            last = json.dumps(said["path"])
            files[last] = b""
        files[last] += content
    return files


def list_tree(client, path, **more):
    number = client.call("file.list", {"path": path, "recursive": True, **more})
    client.wait(number)
    return [json.loads(line) for line in bytes(client.output.pop((number, "entries"), b"")).splitlines()]


__all__ = ["FILES", "Refused", "entries", "get_tree", "left_over", "list_tree", "make_tree", "picture", "put_tree", "record"]
