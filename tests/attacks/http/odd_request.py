"""A request that no browser sends, and what may become of it."""

from typing import NamedTuple

HOST = b"Host: getme"
JSON = b"Content-Type: application/json"
# What an attacker would slip past a front: who answers it has read a body as a request.
SMUGGLED_ID = "smuggled-1"
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: getme\r\nX-Request-ID: smuggled-1\r\n\r\n"
ALIVE = b"GET /healthz HTTP/1.1"
# Its body is read, and without a token nothing comes of it.
UPDATE = b"PUT /api/v1/users/me HTTP/1.1"


class OddRequest(NamedTuple):
    """Bytes for a connection of their own.

    Each answer is a 4xx or one of `legal`, or of `proxied` where a proxy may have mended the
    request, or refuses it in its own way; and there are at most `answers`. None at all is right
    too, where the connection is closed.
    """

    name: str
    sent: bytes
    legal: frozenset[int] = frozenset()
    proxied: frozenset[int] = frozenset()
    answers: int = 1


def lines(*each: bytes, body: bytes = b"") -> bytes:
    """A request of these lines."""
    return b"\r\n".join([*each, b"", body])


def odd(
    name: str,
    *each: bytes,
    body: bytes = b"",
    legal: tuple[int, ...] = (),
    proxied: tuple[int, ...] = (),
) -> OddRequest:
    """An odd request of these lines."""
    return OddRequest(name, lines(*each, body=body), frozenset(legal), frozenset(proxied))
