"""A disk that tells what a power cut would leave of it.

It is the one file of a FUSE file system, served by a thread of this process, to be mounted by a loop device: what the file system
on it has flushed (FUSE_FSYNC) is on the disk, what was written since may be there or not, each block for itself. The page cache
of the host plays no part, as what a write says is all that is known here. Needs root, /dev/fuse and loop devices."""

import ctypes
import errno
import os
import stat
import struct
import subprocess
import threading

BLOCK = 4096
PATIENCE = 60  # seconds
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV = 0x20000, 0x4000, 1 << 18, 2, 4

IN_HEADER = struct.Struct("<IIQQIIIHH")
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE = 1, 2, 3, 4, 14, 15, 16
RELEASE, FSYNC, FLUSH, INIT, BATCH_FORGET, INTERRUPT = 18, 20, 25, 26, 42, 36
BIG_WRITES, MAX_PAGES, DIRECT_IO = 1 << 5, 1 << 22, 1
MOST = 1 << 20  # bytes of one read or write
ROOT, FILE, NAME = 1, 2, b"disk"


def system_call(done):
    if done != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def own_mounts():
    """From now on what this process mounts is seen by it and its children alone, and goes with them."""
    system_call(LIBC.unshare(CLONE_NEWNS))
    system_call(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))


class Disk:
    def __init__(self, image, mountpoint):
        """`image` is what is on it; it is mounted below the directory `mountpoint` as a file."""
        self.stable = bytearray(image)
        self.now = bytearray(image)
        self.since_flush = []  # (offset, bytes), in order
        self.lock = threading.Lock()
        self.flushes = self.writes = 0
        self.cut_at, self.on_cut = 0, None
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0".encode()
        system_call(LIBC.mount(b"tug-torture", mountpoint.encode(), b"fuse.disk", MS_NOSUID | MS_NODEV, options))
        self.mountpoint = mountpoint
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def file(self):
        return os.path.join(self.mountpoint, NAME.decode())

    def power_cut(self, later, promised, dice):
        """What a power cut leaves that comes with the `later`th write from now: all that was flushed, and of the rest nothing,
        everything or something. Returns it, the number of writes that were in the air, and what `promised()` was just before."""
        cut = threading.Event()
        before = []

        def on_cut():  # on the thread that serves, which has the lock
            before.append(promised())
            before.extend((bytearray(self.stable), list(self.since_flush)))
            cut.set()

        with self.lock:
            self.cut_at, self.on_cut = self.writes + later, on_cut
        if not cut.wait(PATIENCE):
            raise RuntimeError("nothing is written any more")
        answered, image, pending = before
        kept = dice.choice((0.0, 0.5, 0.9, 1.0))
        for offset, data in pending:
            for at in range(0, len(data), BLOCK):
                if dice.random() < kept:
                    image[offset + at:offset + at + min(BLOCK, len(data) - at)] = data[at:at + BLOCK]
        return image, len(pending), answered

    def unmount(self):
        subprocess.run(["umount", "-l", self.mountpoint], check=False)

    # --- the file system ------------------------------------------------------------------------------------------------
    def serve(self):
        while True:
            try:
                request = os.read(self.device, MOST + 8192)
            except OSError as e:
                if e.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                return  # unmounted
            _, opcode, unique, node, *_ = IN_HEADER.unpack_from(request)
            if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            error, answer = self.answer(opcode, node, memoryview(request)[IN_HEADER.size:])
            os.write(self.device, struct.pack("<IiQ", 16 + len(answer), -error, unique) + answer)

    def answer(self, opcode, node, body):
        if opcode == INIT:
            return 0, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, BIG_WRITES | MAX_PAGES, 16, 12, MOST, 1, MOST // BLOCK, 0, 0)
        if opcode == LOOKUP:
            if bytes(body).rstrip(b"\0") != NAME:
                return errno.ENOENT, b""
            return 0, struct.pack("<QQQQII", FILE, 0, 1000, 1000, 0, 0) + self.attributes(FILE)
        if opcode in (GETATTR, SETATTR):
            return 0, struct.pack("<QII", 1000, 0, 0) + self.attributes(node)
        if opcode == OPEN:
            return 0, struct.pack("<QII", 1, DIRECT_IO, 0)
        if opcode in (RELEASE, FLUSH):
            return 0, b""
        if opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            with self.lock:
                return 0, bytes(self.now[offset:offset + size])
        if opcode == WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            return 0, struct.pack("<II", self.write(offset, bytes(body[40:40 + size])), 0)
        if opcode == FSYNC:
            self.flush()
            return 0, b""
        return errno.ENOSYS, b""

    def attributes(self, node):
        size, mode = (0, stat.S_IFDIR | 0o700) if node == ROOT else (len(self.now), stat.S_IFREG | 0o600)
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, BLOCK, 0)

    def write(self, offset, data):
        with self.lock:
            self.now[offset:offset + len(data)] = data
            self.since_flush.append((offset, data))
            self.writes += 1
            if self.writes == self.cut_at:
                self.on_cut()
        return len(data)

    def flush(self):
        with self.lock:
            for offset, data in self.since_flush:
                self.stable[offset:offset + len(data)] = data
            self.since_flush.clear()
            self.flushes += 1
