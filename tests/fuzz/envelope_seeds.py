"""Seeds of fuzz_envelope: texts that are JSON, texts that are nearly JSON, and one message of every kind."""

import json


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def ping(params):
    return b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":' + params + b"}"


NUMBERS = (b"0 -0 0.0 -0.0 1 -1 10 1e3 1E3 1e+3 1e-3 1E400 -1E400 1e-400 123456789012345678901234567890 0.1 5.0 "
           b"9007199254740991 9007199254740992 9007199254740993 9223372036854775807 9223372036854775808 "
           b"-9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616 "
           b"0.00000000000000000000000000000000000000001 2.2250738585072011e-308 1.7976931348623159e308").split()
NO_NUMBERS = b"00 01 -01 +1 .5 5. -.5 1.e1 1e 1e+ 1e1.5 1e1e1 - -- 0x10 1_000 NaN Infinity -Infinity 1,5 \xef\xbc\x91".split()
STRINGS = [b"", b"\\u0000", b"\\u0041", b"\\n\\t\\r\\b\\f\\/\\\\\\\"", b"\\ud83d\\ude00", b"\xf0\x9f\x98\x80", b"\xc2\x80",
           b"\xdf\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf", b"\x7f",
           b"\\uFFFF", b"\\udBFF\\uDfff", b"\xe2\x80\xa8", b"Infinity \\\" Infinity"]
NO_STRINGS = [b"\\ud800", b"\\udc00", b"\\ud800\\ud800", b"\\ud800x", b"\\ud800\\n", b"\\udc00\\ud800", b"\\ud83d\\u0041",
              b"\xff", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xf0\x8f\xbf\xbf",
              b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xc3", b"\xe2\x82", b"\x80", b"\n", b"\t", b"\0", b"\x1f",
              b"\\x41", b"\\u00", b"\\u00g0", b"\\U0041", b"\\'", b"\\", b"\\0"]
SHAPES = [b"{}", b" { } ", b"[]", b"[ [ ] , { } ]", b"null", b'{"":{"":[]}}', b'[{"a":1},{"a":1}]']
NO_SHAPES = [b"", b" ", b"{", b"}", b"[", b"]", b"{]", b"[}", b"{}{}", b"{},", b"[1,]", b"[,1]", b"[1 2]", b'{"a"}', b'{"a":}',
             b'{"a":1,}', b'{,"a":1}', b"{a:1}", b"{'a':1}", b"{1:1}", b"{null:1}", b"// c\n{}", b"/* c */{}", b"{}#", b"{}\0",
             b"\xef\xbb\xbf{}", b"\xfe\xff\0{\0}", b"True", b"nul", b"nulll", b"truefalse", b"\x0b{}", b"\xc2\xa0{}", b"\0{}"]
TWICE = [b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"a":{"b":[{"c":1,"c":2}]}}', b'{"":0,"":0}',
         b'{"a":{"x":1,"y":2},"a":5}', b'{"jsonrpc":"2.0","id":1,"id":1,"method":"m"}']

XXH3 = "xxh3-128:" + "0123456789abcdef" * 2
SHA = "sha256:" + "0123456789abcdef" * 4
B64 = "ERERERERERERERERERERERERERERERERERERERERERE="
LIMITS = {"envelope": 65536, "body": 1048576, "window": 1048576, "in_flight": 64}

PARAMS = {
    "exec": {"argv": ["make", "-j4"], "cwd": "src", "env": {"K": "V", "PATH": ""}, "clear_env": True, "stdin": True,
             "output_limit": 9007199254740991, "keep_children": True, "timeout_ms": 86400000},
    "shell": {"shell": "echo ä", "clear_env": False, "pty": {"rows": 24, "cols": 80, "term": "xterm"}},
    "put": {"path": "dir/a.bin", "size": 0, "mode": 511, "mtime_ns": -9223372036854775808, "overwrite": False,
            "make_parents": True, "durable": False, "digest": XXH3, "timeout_ms": 1},
    "put_sha": {"path": "/", "mode": 0, "mtime_ns": 9223372036854775807, "digest": SHA},
    "put_kind": {"path": "a", "digest": "sha256"},
    "get": {"path": "a", "offset": 1, "length": 0, "digest": "none", "timeout_ms": 5},
    "authenticate": {"key": "k1", "mechanism": "hmac-sha256", "binding": "none", "nonce": B64, "proof": B64},
    "hello": {"protocol": 1, "server": "tug/0.1.0", "nonce": B64, "auth": ["hmac-sha256"], "binding": ["tls-exporter"],
              "limits": LIMITS, "more": 1},
    "data": {"call": 7, "stream": "data", "eof": True, "digest": SHA},
    "credit": {"call": "seven", "stream": "stdout", "bytes": 262144},
    "signal": {"call": 7, "signal": "INT", "rows": 50, "cols": 120},
}
SUMMARY = {"bytes": 12, "digest": XXH3}
RESULTS = {
    "exec": {"reason": "exited", "exit_code": 255, "stdout": SUMMARY, "stderr": SUMMARY, "wall_us": 5,
             "usage": {"user_us": 1, "system_us": 2, "max_rss_bytes": 3}},
    "exec_signal": {"reason": "output_limit", "signal": "KILL", "stdout": SUMMARY, "wall_us": 5,
                    "usage": {"user_us": 1, "system_us": 2, "max_rss_bytes": 3}},
    "put": {"size": 12, "digest": XXH3},
    "get": {"size": 12, "bytes": 3, "digest": SHA, "mode": 420, "mtime_ns": 1},
    "login": {"proof": B64, "permissions": ["exec", "put", "get"]},
}
ERROR = {"code": -32009, "message": "m", "data": {"name": "io_error", "retryable": False, "errno": "EIO", "field": "f",
                                                  "need": "exec", "stored": True, "call": 7}}


def seeds():
    out = {
        "numbers": ping(b"{\"a\":[" + b",".join(NUMBERS) + b"]}"),
        "strings": ping(b"{\"a\":[" + b",".join(b'"' + s + b'"' for s in STRINGS) + b"]}"),
        "depth_16": ping(b"[" * 15 + b"]" * 15),
        "depth_17": ping(b"[" * 16 + b"]" * 16),
        "objects_16": b'{"a":' * 15 + b"{}" + b"}" * 15,
        "objects_17": b'{"a":' * 16 + b"{}" + b"}" * 16,
        "open_200": b"[" * 200,
        "error": b'{"jsonrpc":"2.0","id":"x","error":' + compact(ERROR) + b"}",
        "error_null": b'{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"\\n","data":{"name":"local_io"}}}',
        "batch": b'[{"jsonrpc":"2.0","id":1,"method":"x"}]',
        "both": b'{"jsonrpc":"2.0","id":1,"result":1,"error":{}}',
        "ids": b'{"jsonrpc":"2.0","id":"\\ud83d\\ude00","method":""}',
        "note": b'{"jsonrpc":"2.0","method":"rpc.bye","params":{}}',
    }
    for name, params in PARAMS.items():
        out["params_" + name] = b'{"jsonrpc":"2.0","id":1,"method":"m","params":' + compact(params) + b"}"
    for name, result in RESULTS.items():
        out["result_" + name] = b'{"jsonrpc":"2.0","id":1,"result":' + compact(result) + b"}"
    for kind, texts in {"no_number": NO_NUMBERS, "shape": SHAPES, "no_shape": NO_SHAPES, "twice": TWICE,
                        "no_string": [b'"' + s + b'"' for s in NO_STRINGS]}.items():
        out.update({f"{kind}_{i:02}": text for i, text in enumerate(texts)})
    return out


SEEDS = seeds()
