"""Bodies that are not the JSON that they should be, or no JSON at all."""

import gzip
from collections.abc import Iterator

from tests.attacks.http.odd_request import HOST, JSON, UPDATE, OddRequest, odd

_BODIES = {
    "nothing": b"",
    "white space": b" \t\r\n",
    "half": b'{"firstname": "A',
    "two documents": b"{}{}",
    "bytes after it": b"{}x",
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"firstname": "A"}'.encode("utf-16"),
    "UTF-32": b"{\x00\x00\x00}\x00\x00\x00",
    "UTF-7": b"+AHsAfQ-",
    "not UTF-8": b'{"firstname": "\xff"}',
    "overlong UTF-8": b'{"firstname": "\xc0\xaf"}',
    "surrogate in UTF-8": b'{"firstname": "\xed\xa0\x80"}',
    "lone surrogate": b'{"firstname": "\\ud800"}',
    "surrogates the wrong way round": b'{"firstname": "\\udc00\\ud800"}',
    "lone surrogate as a key": b'{"\\ud800": 1}',
    "NUL": b'{"firstname": "\\u0000"}',
    "raw NUL": b'{"firstname": "\x00"}',
    "raw line end": b'{"firstname": "a\nb"}',
    "bad escape": b'{"firstname": "\\x41"}',
    "half an escape": b'{"firstname": "\\u12"}',
    "double key": b'{"firstname": "A", "firstname": "B"}',
    "double key in two spellings": b'{"firstname": "A", "firstName": "B"}',
    "deep": b"[" * 30_000 + b"]" * 30_000,
    "deep and open": b'{"a":' * 12_000,
    "deep in an unknown field": b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "NaN": b'{"firstname": NaN}',
    "Infinity": b'{"firstname": -Infinity}',
    "1e400": b'{"firstname": 1e400}',
    "exponent of 9 digits": b'{"firstname": 1e999999999}',
    "4,000 digits": b'{"firstname": ' + b"9" * 4_000 + b"}",
    "leading zero": b'{"firstname": 01}',
    "number": b'{"firstname": 5}',
    "boolean": b'{"firstname": true}',
    "list": b'{"firstname": ["A"]}',
    "object": b'{"firstname": {"value": "A"}}',
    "top-level list": b"[]",
    "top-level text": b'"text"',
    "top-level null": b"null",
    "top-level number": b"5",
    "comment": b"/* a */{}",
    "single quotes": b"{'firstname': 'A'}",
    "comma at the end": b'{"firstname": "A",}',
    "__proto__": b'{"__proto__": {"firstname": "A"}, "constructor": {"prototype": {}}}',
    "@type": b'{"@type": "type.googleapis.com/google.protobuf.Any", "value": "AA=="}',
    "field of ours": b'{"expected_etag": "*", "update_mask": "email", "email": "e@example.org"}',
    "10,000 keys": b"{" + b",".join(b'"k%d":1' % n for n in range(5_000)) + b"}",
    "64 KiB": b'{"firstname": "' + b"a" * (65_536 - 17) + b'"}',
    "64 KiB and 1": b'{"firstname": "' + b"a" * (65_537 - 17) + b'"}',
}
_TYPES = {
    "none": b"X-A: b",
    "text": b"Content-Type: text/plain",
    "form": b"Content-Type: application/x-www-form-urlencoded",
    "multipart": b"Content-Type: multipart/form-data; boundary=x",
    "XML": b"Content-Type: application/xml",
    "two": b"Content-Type: application/json\r\nContent-Type: text/plain",
    "list": b"Content-Type: application/json, text/plain",
    "UTF-16": b"Content-Type: application/json; charset=utf-16",
    "two charsets": b"Content-Type: application/json; charset=utf-8; charset=utf-7",
    "prefix": b"Content-Type: application/jsonp",
    "wildcard": b"Content-Type: */*",
    "bytes": b"Content-Type: application/json\xff",
    "9 KB": b"Content-Type: application/json; a=" + b"b" * 9_000,
}


def bodies() -> Iterator[OddRequest]:
    """Odd bodies. All ask for a change without a token: even a good one is refused."""
    return _update()


def bodies_of(token: str) -> Iterator[OddRequest]:
    """The same of a user, which are refused or do what they say."""
    return _update(f"Authorization: Bearer {token}".encode(), legal=(200,))


def _update(*credential: bytes, legal: tuple[int, ...] = ()) -> Iterator[OddRequest]:
    first = (UPDATE, HOST, *credential)
    for name, body in _BODIES.items():
        length = b"Content-Length: %d" % len(body)
        yield odd(f"body: {name}", *first, JSON, length, body=body, legal=legal)
    for name, header in _TYPES.items():
        yield odd(f"type: {name}", *first, header, b"Content-Length: 2", body=b"{}")
    bomb = gzip.compress(b" " * 10_000_000)
    length = b"Content-Length: %d" % len(bomb)
    for coding in (b"gzip", b"br", b"identity, gzip", b"x"):
        header = b"Content-Encoding: " + coding
        yield odd(f"coded: {coding.decode()}", *first, JSON, header, length, body=bomb)
    yield odd("no length at all", *first, JSON, body=b"{}", legal=legal)
    yield odd("body that never ends", *first, JSON, b"Content-Length: 9", body=b"{")
