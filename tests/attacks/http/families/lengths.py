"""Where a body ends: Content-Length against Transfer-Encoding (RFC 9112 section 6.3).

Two programs that disagree on it take one request for two, which is request smuggling.
"""

from collections.abc import Iterator

from tests.attacks.http.odd_request import (
    ALIVE,
    HOST,
    JSON,
    SMUGGLED,
    UPDATE,
    OddRequest,
    lines,
    odd,
)

_CHUNKED = b"Transfer-Encoding: chunked"
_EMPTY_CHUNKED = b"0\r\n\r\n"

# Spellings of which one program may make "chunked" and another nothing.
_ENCODINGS = {
    "unknown coding": b"Transfer-Encoding: xchunked",
    "space before the colon": b"Transfer-Encoding : chunked",
    "tab before the colon": b"Transfer-Encoding\t: chunked",
    "tab before the value": b"Transfer-Encoding:\tchunked",
    "vertical tab": b"Transfer-Encoding: \x0bchunked",
    "form feed": b"Transfer-Encoding: \x0cchunked",
    "NUL": b"Transfer-Encoding: chunked\x00",
    "not the last": b"Transfer-Encoding: chunked, identity",
    "after identity": b"Transfer-Encoding: identity, chunked",
    "twice": b"Transfer-Encoding: chunked, chunked",
    "gzip too": b"Transfer-Encoding: gzip, chunked",
    "empty": b"Transfer-Encoding:",
    "quoted": b'Transfer-Encoding: "chunked"',
    "parameter": b"Transfer-Encoding: chunked;q=1",
    "folded": b"Transfer-Encoding:\r\n chunked",
    "folded name": b"X: y\r\n Transfer-Encoding: chunked",
    "bare LF before it": b"X: y\nTransfer-Encoding: chunked",
    "bare CR before it": b"X: y\rTransfer-Encoding: chunked",
    "underscore": b"Transfer_Encoding: chunked",
    "other case": b"tRANSFER-eNCODING: cHUNKED",
    "two headers": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "two headers the other way": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
}
# What proxies do not know they refuse so (RFC 9110 section 15.6.2, RFC 9112 section 6.1).
_NOT_IMPLEMENTED = (501,)
_UNKNOWN_TO_PROXIES = {
    "unknown coding",
    "tab before the value",
    "vertical tab",
    "form feed",
    "not the last",
    "after identity",
    "twice",
    "gzip too",
    "empty",
    "quoted",
    "parameter",
    "two headers",
    "two headers the other way",
}
_LENGTHS = {
    "sign": b"+3",
    "negative": b"-3",
    "hexadecimal": b"0x3",
    "list": b"3, 3",
    "list that differs": b"3, 4",
    "two words": b"3 3",
    "fraction": b"3.0",
    "empty": b"",
    "letters": b"abc",
    "Arabic digits": "\u0663".encode(),
    "NUL": b"3\x00",
    "leading zeros": b"0003",
    "more than 64 bits": b"18446744073709551619",
    "a hundred digits": b"9" * 100,
    "64 KiB and 1": b"65537",
    "underscore": b"3_0",
    "trailing tab": b"3\t",
}


def lengths() -> Iterator[OddRequest]:
    """Bodies with an unclear end."""
    body = _EMPTY_CHUNKED + SMUGGLED
    length = b"Content-Length: %d" % len(body)
    yield odd("CL.TE", UPDATE, HOST, JSON, length, _CHUNKED, body=body)
    yield odd("TE.CL order", UPDATE, HOST, JSON, _CHUNKED, length, body=body)
    whole = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    yield odd("TE.CL", UPDATE, HOST, JSON, b"Content-Length: 4", _CHUNKED, body=whole)
    for name, header in _ENCODINGS.items():
        proxied = _NOT_IMPLEMENTED if name in _UNKNOWN_TO_PROXIES else ()
        both = (UPDATE, HOST, JSON, length, header)
        yield odd(f"CL and coding: {name}", *both, body=body, proxied=proxied)
        alone = (UPDATE, HOST, JSON, header)
        yield odd(f"coding: {name}", *alone, body=_EMPTY_CHUNKED, proxied=proxied)
    for name, value in _LENGTHS.items():
        yield odd(f"length: {name}", UPDATE, HOST, JSON, b"Content-Length: " + value, body=b"{ }")
    for first, second in ((3, 3), (3, 4), (0, len(SMUGGLED))):
        values = b"Content-Length: %d\r\nContent-Length: %d" % (first, second)
        yield odd(f"lengths {first} and {second}", UPDATE, HOST, JSON, values, body=b"{ }")
    yield from _bodies_that_look_like_requests()


def _bodies_that_look_like_requests() -> Iterator[OddRequest]:
    length = b"Content-Length: %d" % len(SMUGGLED)
    yield odd("GET with a body", ALIVE, HOST, length, body=SMUGGLED, legal=(200,))
    yield odd("POST to where only GET is", b"POST /healthz HTTP/1.1", HOST, length, body=SMUGGLED)
    yield odd(
        "OPTIONS with a body", b"OPTIONS / HTTP/1.1", HOST, length, body=SMUGGLED, legal=(204,)
    )
    yield odd("body at no route", b"POST /nowhere HTTP/1.1", HOST, length, body=SMUGGLED)
    yield odd("body that is not JSON", UPDATE, HOST, length, body=SMUGGLED)
    yield odd("HTTP/1.0 chunked", b"PUT / HTTP/1.0", HOST, _CHUNKED, body=b"0\r\n\r\n" + SMUGGLED)
    too_large = b"Content-Length: 100000"
    yield odd("too large and smuggling", UPDATE, HOST, JSON, too_large, body=SMUGGLED)
    again = lines(ALIVE, HOST, b"X-Request-ID: second")
    yield OddRequest(
        "pipelined after a 404",
        lines(b"GET /nowhere HTTP/1.1", HOST) + again,
        frozenset({200}),
        answers=2,
    )
    yield OddRequest("pipelined after a broken line", lines(b"GET", HOST) + again)
    yield OddRequest("pipelined after a broken header", lines(ALIVE, HOST, b"a b: c") + again)
    unread = lines(UPDATE, HOST, JSON, b"Content-Length: 70000", body=b"x" * 70_000)
    yield OddRequest("pipelined after a 413", unread + again, frozenset({200}), answers=2)
