"""What stands between `tug` and tugd and does something to them when so many bytes have passed."""

import os
import selectors
import socket
import tempfile
import threading


class Cut:
    """Takes connections to a Unix socket at `path` and carries them to that of a tugd. When `after` bytes have passed, both ways
    together, it calls `act`, once; where that gives True the connection ends there."""

    def __init__(self, to, after=None, act=None):
        self.directory = tempfile.mkdtemp(prefix="tug-torture-cut-")
        self.path = os.path.join(self.directory, "s")
        self.to, self.after, self.act = to, after, act
        self.passed, self.acted = 0, False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.stop, self.stopping = socket.socketpair()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            with selectors.DefaultSelector() as ready:
                for one in (self.listener, self.stopping):
                    ready.register(one, selectors.EVENT_READ)
                if any(key.fileobj is self.stopping for key, _ in ready.select()):
                    return
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX)
            with client, server:
                try:
                    server.connect(self.to)
                    self.carry(client, server)
                except OSError:
                    pass  # either side has gone

    def carry(self, client, server):
        ends = {client: server, server: client}
        with selectors.DefaultSelector() as ready:
            for one in (client, server, self.stopping):
                ready.register(one, selectors.EVENT_READ)
            while ends:
                for key, _ in ready.select():
                    if key.fileobj is self.stopping:
                        return
                    data = key.fileobj.recv(65536)
                    if not data:
                        ends.pop(key.fileobj).shutdown(socket.SHUT_WR)
                        ready.unregister(key.fileobj)
                    elif not self.pass_on(ends[key.fileobj], data):
                        return

    def pass_on(self, to, data):
        """False where the connection ends here."""
        left = len(data) if self.after is None or self.acted else max(self.after - self.passed, 0)
        self.passed += len(data)
        to.sendall(data[:left])
        if left >= len(data) and (self.after is None or self.acted or self.passed < self.after):
            return True
        self.acted = True
        if self.act():
            return False
        to.sendall(data[left:])
        return True

    def close(self):
        self.stop.close()
        self.thread.join()
        self.listener.close()
        self.stopping.close()
        os.unlink(self.path)
        os.rmdir(self.directory)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
