#!/usr/bin/env python3
"""Writes the seeds of every target into corpus/fuzz_<target>/, beside this script. What else lies there was found by
fuzzing, and was kept because it reaches what no seed does.

Below are those of fuzz_connection; envelope_seeds.py and other_seeds.py have the rest.

An input of fuzz_connection is a setup byte and then pieces. Setup: bit 0 client, bit 1 with a login (a client: not greeted yet),
bits 2-3 the window (16, 300, 64 KiB, 1 MiB). A piece begins with a byte: bits 0-2 what the application does after it,
bit 3 the transport reads bodies in place, bit 4 a frame, bits 5-7 which call. Then either a size byte and raw bytes,
or, for a frame, a u16 and a u8 (the sizes of envelope and body) and both.
"""

import json
import pathlib
import struct

import envelope_seeds
import other_seeds
import tunnel_seeds

NOTHING, TAKE, FINISH, FAIL, SEND, END, INPUT_ENDS, WRITE_PART = range(8)
START, BYE = 6, 7  # of a client
CLIENT, LOGIN = 1, 2
WINDOW_16, WINDOW_300, WINDOW_64K, WINDOW_1M = 0, 4, 8, 12


def frame(envelope, body=b"", act=NOTHING, which=0, in_place=False):
    text = envelope if isinstance(envelope, bytes) else json.dumps(envelope, separators=(",", ":")).encode()
    op = act | 8 * in_place | 16 | which << 5
    return struct.pack(">BHB", op, len(text), len(body)) + text + body


def raw(data, act=NOTHING, which=0, in_place=False):
    return bytes([act | 8 * in_place | which << 5, len(data)]) + data


def request(number, method, params=None):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


def note(method, **params):
    return {"jsonrpc": "2.0", "method": "rpc." + method, "params": params}


def result(number, value=None):
    return {"jsonrpc": "2.0", "id": number, "result": value or {}}


def error(number, name):
    return {"jsonrpc": "2.0", "id": number, "error": {"code": -32000, "message": "m", "data": {"name": name}}}


def on_the_wire(envelope, body=b""):
    text = json.dumps(envelope, separators=(",", ":")).encode()
    return struct.pack(">II", len(text), len(body)) + text + body


def in_parts(data, size):
    return b"".join(raw(data[i : i + size], act=TAKE, in_place=True) for i in range(0, len(data), size))


HELLO = note("hello", protocol=1, server="tug/0.1.0", nonce="ERERERERERERERERERERERERERERERERERERERERERE=",
             auth=["hmac-sha256"], binding=[], limits={"envelope": 65536, "body": 1048576, "window": 300, "in_flight": 8})

NUMBERS = b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"a":[-0,5.0,1e3,9007199254740991,9007199254740992,' \
          b'18446744073709551616,1e400,-9223372036854775808,0.1e-7]}}'
TEXTS = b'{"jsonrpc":"2.0","id":"\\ud83d\\ude00","method":"rpc.ping","params":{"\\u0061":"\\u0000\\n\xc3\xa4\xf0\x9f\x98\x80"}}'

BROKEN = [
    b"[]", b"{", b"null", b'"\\ud800"', b"\xef\xbb\xbf{}", b'"\xff"', b"[" * 17 + b"]" * 17, b'{"a":{"b":1,"b":2}}',
    b'{"jsonrpc":"2.0","id":1,"id":1,"method":"x"}', b'{"jsonrpc":"2.0","id":null,"method":"x"}',
    b'{"jsonrpc":"2.0","id":"a\\u0000","method":"x"}', b'{"jsonrpc":"2.0","id":1.0,"method":"x"}',
    b'{"jsonrpc":"2.0","id":1,"result":1,"error":2}', b'{"jsonrpc":"1.0","id":1,"method":"x"}',
]

SEEDS = {
    "login": bytes([LOGIN | WINDOW_300])
    + frame(request(1, "rpc.authenticate", {"key": "k1"}))
    + frame(request(2, "rpc.ping", {"payload": 1}))
    + frame(request(3, "rpc.authenticate")),
    "no_login": bytes([LOGIN | WINDOW_16]) + frame(request(1, "exec")) + frame(request(2, "exec")),
    "exec": bytes([WINDOW_300])
    + frame(request(2, "exec", {"argv": ["cat"]}), act=SEND)
    + frame(note("data", call=2, stream="stdin"), b"hello", act=TAKE)
    + frame(note("credit", call=2, stream="stdout", bytes=500), act=SEND)
    + frame(note("stop", call=2, stream="stderr"))
    + frame(note("data", call=2, stream="stdin", eof=True), act=FINISH),
    "put": bytes([WINDOW_16])
    + frame(request("up", "put", {"path": "a"}))
    + frame(note("data", call="up", stream="data"), b"0123456789", act=TAKE)
    + frame(note("data", call="up", stream="data"), b"0123456789abcdef", act=TAKE, in_place=True)
    + frame(note("data", call="up", stream="data", eof=True, digest="sha256:00"), b"end", act=FINISH),
    "get": bytes([WINDOW_16])
    + frame(request(1, "get", {"path": "a"}), act=SEND)
    + frame(note("credit", call=1, stream="data", bytes=2**53 - 1), act=SEND)
    + frame(note("credit", call=1, stream="data", bytes=2**53 - 1), act=SEND)
    + frame(note("stop", call=1, stream="data"), act=FINISH),
    "cancel_and_fail": bytes([WINDOW_64K])
    + b"".join(frame(request(i, "exec")) for i in range(10))
    + frame(note("cancel", call=3), act=FAIL, which=5)
    + frame(request(3, "get"), act=FAIL)
    + frame(request(4, "get")),
    "bye": bytes([WINDOW_16])
    + frame(request(1, "put")) + frame(request(2, "get"), act=SEND) + frame(request(3, "exec"))
    + frame(note("data", call=3, stream="stdin", eof=True))
    + frame(note("bye")) + frame(request(4, "get"), act=INPUT_ENDS) + raw(b"", act=FINISH, which=1),
    "crossing": bytes([WINDOW_300])
    + frame(request(1, "exec"), act=END)
    + frame(note("data", call=1, stream="stdin"), b"late")
    + frame(note("data", call=1, stream="stdin", eof=True), b"later", act=FINISH)
    + frame(note("data", call=1, stream="stdin"), b"too late")
    + frame(request(1, "get"), act=WRITE_PART, which=3),
    "flow_violation": bytes([WINDOW_16]) + frame(request(1, "put")) + frame(note("data", call=1, stream="data"), b"x" * 17),
    "numbers_and_texts": bytes([WINDOW_1M]) + frame(NUMBERS) + frame(TEXTS),
    "broken": bytes([WINDOW_1M]) + frame(request(7, "exec")) + b"".join(frame(b) for b in BROKEN)
    + frame(request(7, "get"), b"body"),
    "cut_frames": bytes([WINDOW_300]) + in_parts(
        on_the_wire(request(1, "put")) + on_the_wire(note("data", call=1, stream="data"), b"p" * 200)
        + on_the_wire(note("data", call=1, stream="data", eof=True), b"q" * 90), 50),
    "http": bytes([LOGIN]) + raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "client": bytes([CLIENT | LOGIN | WINDOW_300])
    + frame(HELLO, act=START, which=0)
    + raw(b"", act=START, which=1) + raw(b"", act=START, which=2) + raw(b"", act=SEND, which=1)
    + frame(note("data", call=1, stream="stdout"), b"out", act=TAKE, which=2)
    + frame(note("data", call=1, stream="stdout", eof=True)) + frame(note("data", call=1, stream="stderr", eof=True))
    + frame(result(1, {"reason": "exited"}))
    + frame(note("credit", call=2, stream="data", bytes=9)) + frame(error(2, "no_space"))
    + frame(note("data", call=3, stream="data"), b"half") + frame(result(3), act=BYE, which=7)
    + frame(error(None, "shutting_down")),
    "client_refused": bytes([CLIENT | LOGIN]) + frame(error(None, "busy")),
    "client_misled": bytes([CLIENT | WINDOW_16]) + raw(b"", act=START) + frame(note("stop", call=1, stream="stdin"))
    + frame(note("data", call=1, stream="stdout"), b"0123456789abcdefX") + frame(result(5)),
}


def main():
    corpus = pathlib.Path(__file__).resolve().parent / "corpus"
    targets = {"connection": SEEDS, "envelope": envelope_seeds.SEEDS, "frame": other_seeds.FRAMES,
               "auth": other_seeds.AUTH, "path": other_seeds.PATHS, "compression": other_seeds.COMPRESSION,
               "socks": tunnel_seeds.SOCKS, "proxy_header": tunnel_seeds.PROXY_HEADERS,
               "announcement": other_seeds.ANNOUNCEMENTS}
    for target, seeds in targets.items():
        folder = corpus / f"fuzz_{target}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds.items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
