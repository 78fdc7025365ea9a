"""Chunked bodies (RFC 9112 section 7.1): broken, or of which another program reads other bytes."""

from collections.abc import Iterator

from tests.attacks.http.odd_request import HOST, JSON, SMUGGLED, UPDATE, OddRequest, odd

_CHUNKED = b"Transfer-Encoding: chunked"
_CHUNK = b"2\r\n{}\r\n"
_LAST = b"0\r\n\r\n"
_BODIES = {
    "no hexadecimal size": b"g\r\n{}\r\n" + _LAST,
    "negative size": b"-2\r\n{}\r\n" + _LAST,
    "signed size": b"+2\r\n{}\r\n" + _LAST,
    "0x size": b"0x2\r\n{}\r\n" + _LAST,
    "underscore in the size": b"0_2\r\n{}\r\n" + _LAST,
    "empty size": b"\r\n{}\r\n" + _LAST,
    "space before the size": b" 2\r\n{}\r\n" + _LAST,
    "space after the size": b"2 \r\n{}\r\n" + _LAST,
    "tab after the size": b"2\t\r\n{}\r\n" + _LAST,
    "size of 64 bits": b"ffffffffffffffff\r\n{}\r\n" + _LAST,
    "size of 68 bits": b"10000000000000002\r\n{}\r\n" + _LAST,
    "zeros before the size": b"0" * 200 + b"2\r\n{}\r\n" + _LAST,
    "size with bare LF": b"2\n{}\r\n" + _LAST,
    "size with bare CR": b"2\r{}\r\n" + _LAST,
    "no end of the chunk": b"2\r\n{}" + _LAST,
    "chunk ends with bare LF": b"2\r\n{}\n" + _LAST,
    "chunk longer than its size": b"2\r\n{}xx\r\n" + _LAST,
    "chunk shorter than its size": b"9\r\n{}\r\n" + _LAST,
    "extension": b"2;a=b\r\n{}\r\n" + _LAST,
    "quoted extension": b'2;a="b\\"c"\r\n{}\r\n' + _LAST,
    "extension with bare LF": b"2;\n{}\r\n" + _LAST,
    "extension with bare CR": b"2;a\rb\r\n{}\r\n" + _LAST,
    "long extension": b"2;a=" + b"b" * 70_000 + b"\r\n{}\r\n" + _LAST,
    "many extensions": b"".join(b"1;" + b"e" * 900 + b"\r\n \r\n" for _ in range(60)) + _LAST,
    "trailer": _CHUNK + b"0\r\nX-Trailer: y\r\n\r\n",
    "trailer Authorization": _CHUNK + b"0\r\nAuthorization: Bearer x\r\n\r\n",
    "trailer Content-Length": _CHUNK + b"0\r\nContent-Length: 5\r\n\r\n",
    "trailer Transfer-Encoding": _CHUNK + b"0\r\nTransfer-Encoding: identity\r\n\r\n",
    "trailer Host": _CHUNK + b"0\r\nHost: evil.example\r\n\r\n",
    "trailer that is no header": _CHUNK + b"0\r\nGET /healthz HTTP/1.1\r\n\r\n",
    "many trailers": _CHUNK + b"0\r\n" + b"X-T: y\r\n" * 500 + b"\r\n",
    "large trailer": _CHUNK + b"0\r\nX-T: " + b"y" * 200_000 + b"\r\n\r\n",
    "two ends": _CHUNK + _LAST + _LAST,
    "end and a request": _CHUNK + b"0\r\n" + SMUGGLED,
    "more than 64 KiB in all": b"8000\r\n" + b" " * 0x8000 + b"\r\n" + b"8001\r\n" + b" " * 0x8001,
    "a chunk of 1 GiB": b"40000000\r\n{}",
    "single bytes": b"1\r\n \r\n" * 20_000 + _LAST,
    "never ends": _CHUNK,
    "never begins": b"",
}


def chunks() -> Iterator[OddRequest]:
    """Chunked requests."""
    for name, body in _BODIES.items():
        yield odd(f"chunked: {name}", UPDATE, HOST, JSON, _CHUNKED, body=body)
