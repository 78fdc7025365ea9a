"""As much of HTTP/2 and HPACK as a unary gRPC call needs (RFC 9113, RFC 7541), as bytes.

Each header that stays the same is sent once on a connection and then by its index in the
dynamic table, as gRPC's own clients do; the token, which changes, is sent in full.
"""

import struct
from collections.abc import Sequence

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADER_BYTES = 9

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0,
    1,
    3,
    4,
    6,
    7,
    8,
    9,
)
ACK = END_STREAM = 0x1
END_HEADERS = 0x4

_HEADER = struct.Struct(">HBBBL")
_STATIC_ENTRIES = 61
_INDEXED = 0x80
_AUTHORIZATION = 23  # its index in the static table
_CONNECTION_WINDOW = 2**31 - 1 - 65_535

# Name by index in the static table (RFC 7541 appendix A), or a new name.
Header = tuple[int | bytes, bytes]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame (RFC 9113 section 4.1)."""
    high, low = divmod(len(payload), 256)
    return _HEADER.pack(high, low, kind, flags, stream) + payload


def read_header(buffer: bytes, at: int) -> tuple[int, int, int, int]:
    """Length, kind, flags and stream of the frame that begins at a place of buffer."""
    high, low, kind, flags, stream = _HEADER.unpack_from(buffer, at)
    return high * 256 + low, kind, flags, stream


def opening() -> bytes:
    """What a client sends first; its connection window lasts for millions of answers."""
    window = frame(WINDOW_UPDATE, 0, 0, _CONNECTION_WINDOW.to_bytes(4))
    return PREFACE + frame(SETTINGS, 0, 0) + window


def constant_headers(authority: str, path: str) -> list[Header]:
    """The headers of a call that are the same each time, its deadline included."""
    return [
        (4, path.encode()),
        (1, authority.encode()),
        (31, b"application/grpc"),
        (b"te", b"trailers"),
        (58, b"getme-bench"),
        (b"grpc-timeout", b"5S"),
    ]


def first_block(headers: Sequence[Header]) -> bytes:
    """A header block that puts headers into the dynamic table (RFC 7541 section 6.2.1)."""
    return _POST_HTTP + b"".join(_added(name, value) for name, value in headers)


def later_block(headers: Sequence[Header]) -> bytes:
    """The same headers by their indexes: the newest entry of the table comes first."""
    newest_last = range(_STATIC_ENTRIES + len(headers), _STATIC_ENTRIES, -1)
    return _POST_HTTP + bytes(_INDEXED | index for index in newest_last)


def literal(name: bytes, value: bytes) -> bytes:
    """A field that is never put into the table (RFC 7541 section 6.2.2)."""
    return b"\x00" + _text(name) + _text(value)


def authorization(token: str) -> bytes:
    """The token's header, never put into the table (RFC 7541 section 6.2.2)."""
    return _integer(_AUTHORIZATION, 4, 0x00) + _text(f"Bearer {token}".encode())


_POST_HTTP = bytes([_INDEXED | 3, _INDEXED | 6])  # :method POST, :scheme http


def _added(name: int | bytes, value: bytes) -> bytes:
    begin = _integer(name, 6, 0x40) if isinstance(name, int) else b"\x40" + _text(name)
    return begin + _text(value)


def _text(value: bytes) -> bytes:
    return _integer(len(value), 7, 0x00) + value


def _integer(value: int, bits: int, first: int) -> bytes:
    """RFC 7541 section 5.1."""
    limit = 2**bits - 1
    if value < limit:
        return bytes([first | value])
    encoded = [first | limit]
    value -= limit
    while value >= 0x80:  # noqa: PLR2004 - seven bits a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
