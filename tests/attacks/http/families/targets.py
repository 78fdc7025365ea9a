"""Request lines and targets that are malformed, or that another program reads another way."""

from collections.abc import Iterator

from tests.attacks.http.odd_request import HOST, OddRequest, lines, odd

# By what it is about; with the statuses that are right besides 4xx.
_TARGETS: dict[bytes, tuple[int, ...]] = {
    b"http://getme/healthz": (200,),
    b"http://evil.example/healthz": (200,),  # RFC 9112 section 3.2.2: the target wins over Host
    b"https://getme/healthz": (200,),
    b"http://user:pass@getme/healthz": (200,),
    b"http:///healthz": (),
    b"http://": (),
    b"ftp://getme/healthz": (200,),
    b"javascript:alert(1)": (),
    b"getme:80": (),
    b"*": (),
    b"healthz": (),
    b"": (),
    b"?": (),
    b"//healthz": (),
    b"//evil.example/healthz": (),
    b"/healthz/": (),
    b"/healthz#fragment": (200,),
    b"/healthz;x=1": (),
    b"/healthz%20": (),
    b"/%68ealthz": (200,),
    b"/healthz?": (200,),
    b"/healthz?a=%": (200,),
    b"/healthz?a=%zz&b=%0": (200,),
    b"/healthz?" + b"a=b&" * 1_500: (200,),
    b"/healthz?" + b"a" * 9_000: (),
    b"/" + b"a" * 9_000: (),
    b"/" + b"a/" * 4_000: (),
    b"/" + b"a" * 100_000: (),
    b"/api/v1/users/%": (),
    b"/api/v1/users/%zz": (),
    b"/api/v1/users/%0": (),
    b"/api/v1/users/%00": (),
    b"/api/v1/users/%ff": (),
    b"/api/v1/users/%c0%af": (),
    b"/api/v1/users/%ed%a0%80": (),
    b"/api/v1/users/%u0041": (),
    b"/api/v1/users/%252e%252e": (),
    b"/api/v1/users/%2e%2e/%2e%2e/healthz": (),
    b"/api/v1/../../healthz": (),
    b"/..": (),
    b"/../../../../etc/passwd": (),
    b"/api/v1/users/..%2f..%2fhealthz": (),
    b"/api/v1/users/..%5c..%5chealthz": (),
    b"\\healthz": (),
    b"/api/v1/users/%0d%0aSet-Cookie:%20a=b": (),
    b"/api/v1/users/a%0aX-Injected:b": (),
    b"/api/v1/users/\xff\xfe": (),
    b"/api/v1/users/\xc3\xa9": (),
    b"/healthz\x00": (),
    b"/healthz\x01": (),
    b"/healthz\x7f": (),
    b"/health z": (),
    b"/healthz\tx": (),
    b"/api/v1/users?ids=" + b"a," * 2_000: (),
    b"/api/v1/users?ids=a&ids=b&ids[]=c": (),
    b"/api/v1/users?ids=%00": (),
    b"/api/v1/users/me?cookie=maybe": (),
    b"/api/v1/users/me?max_staleness=NaN": (),
    b"/api/v1/users/me?max_staleness=1e400s": (),
}
_REQUEST_LINES: dict[bytes, tuple[int, ...]] = {
    b"GET  /healthz HTTP/1.1": (),
    b"GET /healthz  HTTP/1.1": (),
    b"GET\t/healthz\tHTTP/1.1": (),
    b" GET /healthz HTTP/1.1": (),
    b"GET /healthz HTTP/1.1 more": (),
    b"GET /healthz HTTP/1.1\x00": (),
    b"GET /healthz": (),
    b"GET": (),
    b"GET /healthz HTTP/1.0": (200,),
    b"GET /healthz HTTP/0.9": (),
    b"GET /healthz HTTP/1.2": (200,),  # RFC 9110 section 2.5: as the highest of ours
    b"GET /healthz HTTP/2.0": (),
    b"GET /healthz HTTP/3": (),
    b"GET /healthz HTTP/9.9": (),
    b"GET /healthz HTTP/1.": (),
    b"GET /healthz HTTP/01.1": (),
    b"GET /healthz HTTP/1.1.1": (),
    b"GET /healthz http/1.1": (),
    b"GET /healthz HTTPS/1.1": (),
    b"GET /healthz ICY": (),
}
# What proxies mend before they pass it on: slashes, dots, white space (RFC 9112 section 3).
_MENDED = {
    b"//healthz",
    b"/api/v1/../../healthz",
    b"/..",
    b"GET  /healthz HTTP/1.1",
    b"GET /healthz  HTTP/1.1",
    b"GET\t/healthz\tHTTP/1.1",
}
# Versions that a proxy does not know (RFC 9110 section 15.6.6).
_NEWER = {
    b"GET /healthz HTTP/2.0",
    b"GET /healthz HTTP/3",
    b"GET /healthz HTTP/9.9",
}
_NO_HTTP = {
    "HTTP/0.9": b"GET /healthz\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "TLS hello": b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" + b"\x5a" * 36 + b"\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "SMTP": b"EHLO example.org\r\n\r\n",
    "NULs": b"\x00" * 1_000 + b"\r\n\r\n",
    "a megabyte of one line": b"A" * 1_000_000 + b"\r\n\r\n",
    "a response": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "PROXY protocol": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n\r\n",
    "half a request line": b"GET /heal",
}


def targets() -> Iterator[OddRequest]:
    """Odd first lines."""
    for target, legal in _TARGETS.items():
        name = f"target {target[:60].decode('latin-1')!r} of {len(target)}"
        line = b"GET " + target + b" HTTP/1.1"
        yield odd(name, line, HOST, legal=legal, proxied=_proxied(target))
    for line, legal in _REQUEST_LINES.items():
        name = f"line {line.decode('latin-1')!r}"
        yield odd(name, line, HOST, legal=legal, proxied=_proxied(line))
    for name, sent in _NO_HTTP.items():
        yield OddRequest(f"no HTTP: {name}", sent)
    empty_lines = b"\r\n" * 3 + lines(b"GET /healthz HTTP/1.1", HOST)
    yield OddRequest("empty lines before it", empty_lines, frozenset({200}))


def _proxied(text: bytes) -> tuple[int, ...]:
    if text in _NEWER:
        return (505,)
    return (200,) if text in _MENDED else ()
