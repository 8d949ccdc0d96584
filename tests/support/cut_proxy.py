"""A proxy whose connections are cut, or long."""

import queue
import socket
import struct
import threading
import time


class CutProxy:
    """Passes on what its clients and `target()` ("HOST:PORT", asked for at each connection) say to each other."""

    def __init__(self, target, delay=0):
        """`delay`: seconds that bytes are on their way, in each direction."""
        self.target = target
        self.delay = delay
        self.lock = threading.Lock()
        self.pairs = []
        self.connections = 0
        self.refusing = False
        self.cut_after = None  # bytes of all connections together, either way
        self.on_cut = lambda: None
        self.heard = threading.Event()  # a client has sent something
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        if self.refusing:
            reset(client)
            return
        host, port = self.target().rsplit(":", 1)
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            reset(client)
            return
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self.connections += 1
            self.pairs.append((client, server))
        for one, other, heard in ((client, server, self.heard), (server, client, threading.Event())):
            threading.Thread(target=self.carry, args=(one, other, heard), daemon=True).start()

    def late(self, other):
        """What is put into it reaches the other side later, in its order."""
        on_its_way = queue.SimpleQueue()

        def deliver():
            try:
                while True:
                    due, data = on_its_way.get()
                    time.sleep(max(0, due - time.monotonic()))
                    other.sendall(data)
            except OSError:
                return

        threading.Thread(target=deliver, daemon=True).start()
        return lambda data: on_its_way.put((time.monotonic() + self.delay, data))

    def carry(self, one, other, heard):
        send = self.late(other) if self.delay else other.sendall
        try:
            while True:
                data = one.recv(65536)
                if not data:
                    break
                heard.set()
                keep, due = self.count(len(data))
                try:
                    send(data[:keep])
                except OSError:
                    if not due:
                        raise
                if due:  # also where the other side is gone already: the next cut is planned by on_cut
                    self.cut()
                    self.on_cut()
                    return
        except OSError:
            pass
        self.end((one, other), (other, one))

    def count(self, size):
        """How much of it may pass, and whether the cut is due then."""
        with self.lock:
            if self.cut_after is None:
                return size, False
            keep = min(size, self.cut_after)
            self.cut_after -= keep
            if self.cut_after > 0 or keep == size:
                return keep, False
            self.cut_after = None
            return keep, True

    def end(self, *pairs):
        with self.lock:
            for pair in pairs:
                if pair in self.pairs:
                    self.pairs.remove(pair)
        for s in pairs[0]:
            shut(s)

    def cut(self):
        """Resets all connections that there are."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                reset(s)

    def close(self):
        self.listening.close()
        self.cut()


def shut(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def reset(s):
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        shut(s)
        s.close()
    except OSError:
        pass
