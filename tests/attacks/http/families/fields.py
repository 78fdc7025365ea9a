"""Header fields and methods: malformed, doubled, too many, or meant for another program."""

from collections.abc import Iterator

from tests.attacks.http.odd_request import ALIVE, HOST, JSON, UPDATE, OddRequest, lines, odd

_OK = (200,)
_UPGRADE = b"Host: getme\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
# Names, with the lines after the request line and the statuses that are right besides 4xx.
_FIELDS: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "folded": (b"Host: getme\r\nX-A: b\r\n c", _OK),
    "folded by tab": (b"Host: getme\r\nX-A: b\r\n\tc", _OK),
    "first line is folded": (b" Host: getme\r\nX-A: b", ()),
    "space before the colon": (b"Host: getme\r\nX-A : b", ()),
    "no colon": (b"Host: getme\r\nX-A", _OK),
    "no name": (b"Host: getme\r\n: b", _OK),
    "space in the name": (b"Host: getme\r\nX A: b", _OK),
    "NUL in the name": (b"Host: getme\r\nX\x00A: b", ()),
    "bytes in the name": (b"Host: getme\r\nX\xff: b", _OK),
    "colon twice": (b"Host: getme\r\nX-A:: b", _OK),
    "NUL in the value": (b"Host: getme\r\nX-A: b\x00c", ()),
    "control character in the value": (b"Host: getme\r\nX-A: b\x01c", _OK),
    "bare CR in the value": (b"Host: getme\r\nX-A: b\rX-B: c", _OK),
    "bare LF ends a line": (b"Host: getme\nX-A: b", _OK),  # RFC 9112 section 2.2 allows it
    "bytes in the value": (b"Host: getme\r\nX-A: \xff\xfe\x80", _OK),
    "ANSI in the user agent": (b"Host: getme\r\nUser-Agent: \x1b[31mred", _OK),
    "underscore in the name": (b"Host: getme\r\nX_A: b", _OK),
    "65 fields": (b"Host: getme" + b"\r\nX-A: b" * 65, ()),
    "200 fields": (b"Host: getme" + b"\r\nX-A: b" * 200, ()),
    "5,000 fields": (b"Host: getme" + b"\r\nX-A: b" * 5_000, ()),
    "value of 40 KB": (b"Host: getme\r\nX-A: " + b"b" * 40_000, ()),
    "name of 40 KB": (b"Host: getme\r\nX-" + b"a" * 40_000 + b": b", ()),
    "2 MB of fields": (b"Host: getme\r\nX-A: " + b"b" * 2_000_000, ()),
    "no Host": (b"X-A: b", _OK),  # granian gives an empty one, of which nothing is made
    "empty Host": (b"Host:", _OK),
    "two Hosts": (b"Host: a\r\nHost: b", ()),
    "two equal Hosts": (b"Host: getme\r\nHost: getme", ()),
    "Host with a path": (b"Host: getme/admin?x=", _OK),
    "Host with a user": (b"Host: user@getme", _OK),
    "Host with a space": (b"Host: get me", _OK),
    "Host of two": (b"Host: getme, evil.example", _OK),
    "Host with a bad port": (b"Host: getme:99999999", _OK),
    "Host with letters for a port": (b"Host: getme:abc", _OK),
    "Host with a CR": (b"Host: getme\rX-A: b", _OK),
    "Host of 9 KB": (b"Host: " + b"a" * 9_000, _OK),
    "Host that is no UTF-8": (b"Host: \xff\xfe", _OK),
    "other method by header": (b"Host: getme\r\nX-HTTP-Method-Override: DELETE", _OK),
    "hop-by-hop Authorization": (b"Host: getme\r\nConnection: authorization", _OK),
    "hop-by-hop Host": (b"Host: getme\r\nConnection: host, content-length", _OK),
    "Connection of nonsense": (b"Host: getme\r\nConnection: \x00", ()),
    "Upgrade to h2c": (_UPGRADE + b"h2c\r\nHTTP2-Settings: AAMA", _OK),
    "Upgrade to WebSocket": (_UPGRADE + b"websocket\r\nSec-WebSocket-Key: AAAA", _OK),
    "Expect of nonsense": (b"Host: getme\r\nExpect: something", _OK),
    "Expect without a body": (b"Host: getme\r\nExpect: 100-continue", _OK),
    "Range": (b"Host: getme\r\nRange: bytes=0-0,5-,-1", _OK),
    "TE": (b"Host: getme\r\nTE: trailers, deflate;q=0.5", _OK),
    "Max-Forwards": (b"Host: getme\r\nMax-Forwards: 0", _OK),
    "Accept-Encoding of nonsense": (b"Host: getme\r\nAccept-Encoding: gzip;q=x,,*;q=9", _OK),
    "If-None-Match of nonsense": (b'Host: getme\r\nIf-None-Match: "', _OK),
    "X-Request-ID with a line": (b"Host: getme\r\nX-Request-ID: a%0d%0ab", _OK),
    "X-Forwarded-For of nonsense": (b"Host: getme\r\nX-Forwarded-For: \xff,,unknown", _OK),
    "two Origins": (b"Host: getme\r\nOrigin: https://a\r\nOrigin: https://b", _OK),
    "Content-Length and no body": (b"Host: getme\r\nContent-Length: 5", _OK),
}
# What proxies mend: nginx drops a field with such a name, Envoy makes one Host of two.
_MENDED = {"space before the colon", "two Hosts", "two equal Hosts"}
_METHODS: dict[bytes, tuple[int, ...]] = {
    b"TRACE": (),
    b"TRACK": (),
    b"PATCH": (),
    b"DELETE": (),
    b"PROPFIND": (),
    b"get": (),
    b"Get": (),
    b"G@T": (),
    b"GET\x00": (),
    b"GET\xff": (),
    b"A" * 1_000: (),
    b"A" * 100_000: (),
    b"OPTIONS": (204,),
}


def fields() -> Iterator[OddRequest]:
    """Odd header fields and methods."""
    for name, (field_lines, legal) in _FIELDS.items():
        proxied = _OK if name in _MENDED else ()
        yield odd(f"field: {name}", ALIVE, field_lines, legal=legal, proxied=proxied)
    for method, legal in _METHODS.items():
        name = f"method {method[:20]!r} of {len(method)}"
        yield odd(name, method + b" /healthz HTTP/1.1", HOST, legal=legal)
    for target in (b"getme:443", b"/healthz", b"http://getme/"):
        yield odd(f"CONNECT {target.decode()}", b"CONNECT " + target + b" HTTP/1.1", HOST)
    yield odd("OPTIONS *", b"OPTIONS * HTTP/1.1", HOST, legal=(200, 204))
    expects = lines(UPDATE, HOST, JSON, b"Expect: 100-continue", b"Content-Length: 2", body=b"{}")
    yield OddRequest("Expect with its body at once", expects)
    waits = lines(UPDATE, HOST, JSON, b"Expect: 100-continue", b"Content-Length: 70000")
    yield OddRequest("Expect with too large a body", waits)
    yield OddRequest("half a header", lines(ALIVE, HOST)[:-2] + b"X-A: b")
