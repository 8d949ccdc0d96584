"""Seeds of fuzz_frame, fuzz_auth, fuzz_path and fuzz_compression. The layouts are written down at the head of each target."""

import struct


def frame(envelope, body=b""):
    return struct.pack(">II", len(envelope), len(body)) + envelope + body


def pieces(setup, sizes, data):
    return bytes([setup, len(sizes), *sizes]) + data


LOGIN, IN_PLACE = 1, 2
TALK = frame(b"a wanted body", b"0123456789") + frame(b"b") + frame(b"b dropped", b"0123456789") + frame(b"c", b"x")

FRAMES = {
    "whole": pieces(0, [255], TALK),
    "bytes": pieces(0, [1], TALK),
    "in_place": pieces(IN_PLACE, [9, 3, 30], TALK),
    "cut_header": pieces(0, [3], TALK + b"\0\0\0\x05\0"),
    "cut_envelope": pieces(IN_PLACE, [7, 200], TALK + frame(b"and not to its end")[:-5]),
    "cut_body": pieces(IN_PLACE, [7, 200], TALK + frame(b"a", b"not to its end")[:-5]),
    "login": pieces(LOGIN, [5], frame(b"{}") + frame(b"a", b"body")),
    "login_large": pieces(LOGIN, [200], struct.pack(">II", 4097, 0)),
    "empty": pieces(0, [4], struct.pack(">II", 0, 7)),
    "large": pieces(0, [8], struct.pack(">II", 65536, 1048576) + b"begins"),
    "too_large": pieces(0, [8], struct.pack(">II", 65537, 0)),
    "body_too_large": pieces(0, [8], struct.pack(">II", 1, 1048577)),
    "http": pieces(0, [8], b"GET / HTTP/1.1\r\n\r\n"),
    "tls": pieces(LOGIN, [8], b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"),
    "ssh": pieces(LOGIN, [8], b"SSH-2.0-x\r\n"),
}


def replaced(said, proved, field, text):
    return bytes([said | proved << 1 | field << 3, len(text)]) + text


PARTS, TEXT, TRANSCRIPT, KEYS, BASE64 = range(5)
KEY, MECHANISM, BINDING, HELLO, NONCE = range(5)
B64_A = b"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
B64_B = b"ERERERERERERERERERERERERERERERERERERERERERE="
KEY_FILE = b"# keys\n\nk1 " + B64_A + b" exec,put,get\nk2\t" + B64_B + b"   get\r\n"

AUTH = {
    "login": bytes([PARTS]),
    "other_nonce": bytes([PARTS]) + replaced(1, 1, NONCE, b"\x33" * 32),
    "server_nonce": bytes([PARTS]) + replaced(1, 1, NONCE, b"\x11" * 32),
    "other_key": bytes([PARTS]) + replaced(1, 1, KEY, b"k2") + bytes([0, 2, 0, 0]),
    "wrong_secret": bytes([PARTS, 0, 2, 0, 0]),
    "unknown_key": bytes([PARTS]) + replaced(1, 1, KEY, b"k3"),
    "empty_key": bytes([PARTS]) + replaced(1, 1, KEY, b""),
    "other_mechanism": bytes([PARTS]) + replaced(1, 1, MECHANISM, b"none"),
    "other_binding": bytes([PARTS]) + replaced(1, 1, BINDING, b"tls-exporter"),
    "relayed": bytes([PARTS]) + replaced(1, 1, HELLO, b"{}"),
    "proved_else": bytes([PARTS]) + replaced(0, 1, KEY, b"k2"),
    "flipped_bit": bytes([PARTS, 4 | 31 << 3, 1, 0]),
    "text": bytes([TEXT]) + b'{"key":"k1","mechanism":"hmac-sha256","binding":"none","nonce":"' + B64_B + b'","proof":"'
    + B64_A + b'"}',
    "transcript": bytes([TRANSCRIPT]) + b"\x02{}\x02k1\x0bhmac-sha256\x04none\x00\x22",
    "transcript_data": bytes([TRANSCRIPT]) + b"\x00\x00\x00\x0ctls-exporter\x20" + b"d" * 32 + b"\xff",
    "keys": bytes([KEYS]) + KEY_FILE,
    "keys_no_end": bytes([KEYS]) + b"k1 " + B64_A + b" exec",
    "keys_twice": bytes([KEYS]) + KEY_FILE + b"k1 " + B64_B + b" put\n",
    "keys_none": bytes([KEYS]) + b"# nothing\n",
    "keys_short": bytes([KEYS]) + b"k1 AQEB exec\n",
    "keys_words": bytes([KEYS]) + b"k1 " + B64_A + b" exec more\n",
    "keys_permission": bytes([KEYS]) + b"k1 " + B64_A + b" exec,,root\n",
    "keys_returns": bytes([KEYS]) + b"\rk1 " + B64_A + b" exec\r\r\n",
    "base64": bytes([BASE64]) + B64_A,
    "base64_bits": bytes([BASE64]) + b"QR==",
    "base64_padding": bytes([BASE64]) + b"QQ=Q",
    "base64_space": bytes([BASE64]) + b"QQ==\nQUI=",
}

WORDS, DIRECTORY, MAKE = 1, 2, 4
TEXTS = [
    b"file", b"/dir/file", b"./dir//sub/../file", b"to_dir/file", b"abs/deep/file", b"self/self/file", b"up/file", b"..",
    b"dir/../..", b"far_up/file", b"out/file", b"out_abs", b"loop", b"ring_a", b"broken", b"top/dir", b"top_dots/file",
    b"slashes/deep", b"file/", b"file_slash", b"through_file", b"to_fifo", b"fifo/", b"dir/back/deep/", b"dir/above/file",
    b"dir/sub/out/secret", b"dir/sub/root/file", b"dir/sub/chain", b"c0/file", b"c1/file", b"c2/..", b"a\0b", b"/", b"//", b".",
    b"n" * 255, b"n" * 256, b"/." * 250, b"new/er/file", b".tug-0123456789abcdef.tmp", b"\xff\xfe", b"dir/sub/out/new/file",
]
PATHS = {f"text_{i:02}": bytes([(DIRECTORY if i % 3 == 0 else 0) | (MAKE if i % 4 == 0 else 0)]) + text
         for i, text in enumerate(TEXTS)}
PATHS.update({
    "words_up": bytes([WORDS, 4, 5, 2, 2, 3]),
    "words_links": bytes([WORDS | DIRECTORY, 6, 24, 33, 2, 9]),
    "words_out": bytes([WORDS | MAKE, 4, 5, 11, 30, 41, 3]),
    "words_made": bytes([WORDS | MAKE, 41, 41, 2, 41, 41, 3]),
})

# Of `GET /index.html 200 N`, 60 lines: by the zstd program, 1,370 bytes at level 19.
LINES = bytes.fromhex(
    "28b52ffd645a0445030032450f13a06d0c7cd0f7e12bc7efd6a6945214cc1fb8a3a9f8ffffff6ddbb6edb66ddb96244992dcb66ddb0a6210ee7269"
    "a9b5a81a075a8048491e26508871043ba811e0efff06b0a3d20111fc9fa0fc86c958d2a0776e66ca23770cf1c205ffe5cd9bd94702b60a05b333ab")
MAGIC = b"\x28\xb5\x2f\xfd"
RAW = MAGIC + b"\x20\x05\x29\0\0hello"
ENDLESS = MAGIC + b"\0\x80" + b"\x02\0\x10z" * 9 + b"\x03\0\x10z"


def holding(size, data):
    return size.to_bytes(3, "big") + data


COMPRESSION = {
    "lines": holding(1370, LINES),
    "lines_cut": holding(1370, LINES[:-9]),
    "lines_more": holding(1371, LINES),
    "lines_twice": holding(2740, LINES * 2),
    "raw": holding(5, RAW),
    "raw_fewer": holding(4, RAW),
    "repeated": holding(131072, MAGIC + b"\0\x80\x03\0\x10z"),
    "endless": holding(1048576, ENDLESS),
    "skippable": holding(4, b"\x50\x2a\x4d\x18\x04\0\0\0...."),
    "dictionary": holding(1, MAGIC + b"\x21\x09\x01\x09\0\0x"),
    "text": holding(9, b"no frame"),
}


def datagram(envelope, body=b"", size=1200):
    return b"\1" + frame(envelope, body.ljust(size - 8 - len(envelope), b"\0") if size else body)


ANNOUNCEMENTS = {
    "query": datagram(b'{"jsonrpc":"2.0","id":"' + B64_A + b'","method":"announce","params":{}}'),
    "signed_query": datagram(b'{"jsonrpc":"2.0","id":1,"method":"announce","params":{"key":"k1"}}', b"s" * 32),
    "answer": datagram(b'{"jsonrpc":"2.0","id":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","result":{"server":"tug/1",'
                       b'"name":"web1","instance":"x","port":8840,"tls":false}}', b"s" * 32, 0),
    "error": datagram(b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}', b"", 0),
    "short": datagram(b'{"jsonrpc":"2.0","id":1,"method":"announce"}', b"", 300),
    "sizes": b"\0" + struct.pack(">II", 4294967295, 4294967295) + b"{}",
}
