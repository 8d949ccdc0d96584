"""Seeds of fuzz_socks and fuzz_proxy_header: a byte, the size of pieces, and what is sent."""

import struct


def sent(data, size=255):
    return bytes([size - 1]) + data


V5 = b"\x05\x01\x00"
PORT = struct.pack(">H", 443)

SOCKS = {
    "v4": sent(b"\x04\x01" + PORT + b"\x0a\0\0\x05user\0rest"),
    "v4a": sent(b"\x04\x01" + PORT + b"\0\0\0\x07me\0db.internal\0rest", 1),
    "v4_bind": sent(b"\x04\x02" + PORT + b"\x7f\0\0\x01\0"),
    "v4_long": sent(b"\x04\x01" + PORT + b"\x7f\0\0\x01" + b"u" * 2000),
    "v5_name": sent(V5 + b"\x05\x01\0\x03\x02db" + PORT + b"rest", 3),
    "v5_v4": sent(V5 + b"\x05\x01\0\x01\x7f\0\0\x01" + PORT),
    "v5_v6": sent(V5 + b"\x05\x01\0\x04" + b"\0" * 15 + b"\x01" + PORT),
    "v5_mapped": sent(V5 + b"\x05\x01\0\x04" + b"\0" * 10 + b"\xff\xff\x7f\0\0\x01" + PORT),
    "v5_methods": sent(b"\x05\x03\x02\x01\x00\x05\x01\0\x03\x02db" + PORT),
    "v5_login": sent(b"\x05\x01\x02"),
    "v5_udp": sent(V5 + b"\x05\x03\0\x01\x7f\0\0\x01" + PORT),
    "v5_nul": sent(V5 + b"\x05\x01\0\x03\x03a\0b" + PORT),
    "v5_no_port": sent(V5 + b"\x05\x01\0\x01\x7f\0\0\x01\0\0"),
    "http": sent(b"GET / HTTP/1.1\r\n"),
}

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
IPV4 = struct.pack(">4s4sHH", b"\x0a\0\0\x01", b"\x0a\0\0\x02", 1234, 8840)
IPV6 = b"\xfd" * 16 + b"\xfe" * 16 + struct.pack(">HH", 1234, 8840)


def header(command, family, addresses, more=b""):
    return SIGNATURE + struct.pack(">BBH", 0x20 | command, family, len(addresses) + len(more)) + addresses + more


PROXY_HEADERS = {
    "ipv4": sent(header(1, 0x11, IPV4) + b"behind"),
    "ipv6": sent(header(1, 0x21, IPV6) + b"behind", 1),
    "local": sent(header(0, 0, b"")),
    "unix": sent(header(1, 0x31, b"/run/a\0".ljust(216, b"\0"))),
    "more": sent(header(1, 0x11, IPV4, b"\x04\0\x02xy"), 7),
    "short": sent(header(1, 0x11, IPV4[:5])),
    "version_1": sent(b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"),
    "version_3": sent(SIGNATURE + b"\x31\x11\0\0"),
    "longest": sent(SIGNATURE + b"\x21\x11\xff\xff" + IPV4),
}
