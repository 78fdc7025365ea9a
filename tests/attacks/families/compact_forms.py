"""Tokens in another form than RFC 7515's compact one, and of every size."""

import base64
import json
import urllib.parse
from collections.abc import Iterator

from tests.attacks.case import (
    ACCEPTED,
    HTTP_400,
    HTTP_431,
    TOKEN_INVALID,
    TOO_LARGE,
    Case,
    sent,
    shown,
)
from tests.attacks.forge import Forge
from tests.unit.tokens.forging import base64url

MAX_TOKEN_BYTES = 8_192
MAX_METADATA_BYTES = 32_768
# Control characters are no field values, and gRPC passes them on all the same.
NO_HEADER_VALUE = frozenset({TOKEN_INVALID, HTTP_400})


def segments(forge: Forge) -> Iterator[Case]:
    """More parts, fewer parts, empty parts."""
    header, payload, signature = forge.good.split(".")
    for name, parts in {
        "header alone": [header],
        "two": [header, payload],
        "four": [header, payload, signature, signature],
        "four, the last empty": [header, payload, signature, ""],
        "five, as a JWE": [header, payload, signature, signature, signature],
        "five, empty ones": [header, "", payload, "", signature],
        "six": [header, payload, signature] * 2,
        "no header": ["", payload, signature],
        "no payload": [header, "", signature],
        "signature alone": ["", "", signature],
        "only dots": ["", "", ""],
        "four dots": ["", "", "", "", ""],
        "dot in front": ["", header, payload, signature],
        "two dots between": [header, "", payload, signature],
    }.items():
        yield sent(name, ".".join(parts))
    signed_empty = f"{header}."
    yield sent("empty payload, well signed", _signed(forge, signed_empty))
    yield sent("empty header, well signed", _signed(forge, f".{payload}"))
    for separator in (":", ",", "/", "|", "%2E", " ", "-", "_", "\\"):
        yield sent(f"{separator!r} for the dots", forge.good.replace(".", separator))


def alphabet(forge: Forge) -> Iterator[Case]:
    """Other spellings of the same bytes."""
    header, payload, signature = forge.good.split(".")
    # A claim whose base64 has both characters that the alphabets differ in.
    odd_claims = json.dumps(
        {**forge.claims, "x": "\u00fb\u00ff\u00fe>>>???~~~"}, ensure_ascii=False
    )
    raw = odd_claims.encode()
    for name, text in {
        "base64 padded": base64.b64encode(raw).decode(),
        "base64": base64.b64encode(raw).decode().rstrip("="),
        "base64url padded": base64.urlsafe_b64encode(raw).decode(),
        "base32": base64.b32encode(raw).decode().rstrip("="),
        "hexadecimal": raw.hex(),
        "base64 in lines": base64.encodebytes(raw).decode().replace("\n", " ").strip(),
    }.items():
        if text != base64url(raw):
            yield sent(f"payload in {name}", _signed(forge, f"{header}.{text}"))
    standard = base64.b64encode(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    yield sent("signature in base64", f"{header}.{payload}.{standard.decode()}")
    for place, name in ((8, "header"), (len(header) + 8, "payload"), (-8, "signature")):
        for inserted in (" ", "=", "!", "~", "%0a", "\\n", "+", "/", '"', ",", ";", "*", "@"):
            token = f"{forge.good[:place]}{inserted}{forge.good[place:]}"
            yield sent(f"{inserted!r} in the {name}", token)
    for name, text in {
        "percent-encoded": urllib.parse.quote(forge.good, safe="").replace(".", "%2E"),
        "percent-encoded letters": "".join(f"%{ord(c):02X}" for c in forge.good),
        "double quotes": f'"{forge.good}"',
        "single quotes": f"'{forge.good}'",
        "angle brackets": f"<{forge.good}>",
        "braces": f"{{{forge.good}}}",
        "base64 of it all": base64url(forge.good.encode()),
        "in capitals": forge.good.upper(),
        "in small letters": forge.good.lower(),
        "backwards": forge.good[::-1],
        "comma after it": f"{forge.good},",
        "semicolon after it": f"{forge.good};",
        "fragment after it": f"{forge.good}#",
        "parameter after it": f"{forge.good};q=1",
        "b64token padding inside": forge.good.replace(".", "=.", 1),
    }.items():
        yield sent(name, text)


def other_serialization(forge: Forge) -> Iterator[Case]:
    """JSON serializations (RFC 7515 section 7.2), JWE, PASETO, COSE, SD-JWT."""
    header, payload, signature = forge.good.split(".")
    flat = {"payload": payload, "protected": header, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}
    encrypted = base64url(b'{"alg":"dir","enc":"A128GCM"}')
    for name, text in {
        "flattened JSON": json.dumps(flat),
        "general JSON": json.dumps(general),
        "flattened JSON, mixed with compact": json.dumps({f"{header}.": flat})[:2] + forge.good,
        "JWE of dir": f"{encrypted}..{payload}.{payload}.{signature}",
        "JWE with an encrypted key": f"{encrypted}.{signature}.{payload}.{payload}.{signature}",
        "PASETO": f"v4.local.{payload}",
        "PASETO, public": f"v2.public.{payload}",
        "SD-JWT": f"{forge.good}~",
        "SD-JWT with a disclosure": f"{forge.good}~{base64url(b'[]')}~",
        "COSE": base64url(b"\xd2\x84\x43\xa1\x01\x05\xa0\x40\x40"),
        "URN": f"urn:ietf:params:oauth:token-type:jwt:{forge.good}",
        "detached": f"{header}..{signature}",
        "Macaroon": "MDAxY2xvY2F0aW9uIGdldG1l",
        "session ID": "7f3c" * 8,
    }.items():
        yield sent(name, text)


def raw_bytes(forge: Forge) -> Iterator[Case]:
    """What gRPC's own client would not send: control characters, and bytes beyond ASCII."""
    good = forge.good.encode()
    middle = len(good) // 2
    for name, inserted in {
        "NUL": b"\0",
        "newline": b"\n",
        "carriage return": b"\r",
        "CRLF": b"\r\n",
        "CRLF and a field": b"\r\nx-other: 1\r\n ",
        "tab": b"\t",
        "vertical tab": b"\v",
        "escape": b"\x1b",
        "DEL": b"\x7f",
        "0x80": b"\x80",
        "0xA0": b"\xa0",
        "0xFF": b"\xff",
        "fullwidth dot": "\uff0e".encode(),
        "fullwidth letter": "\uff45".encode(),
        "Kelvin sign": "\u212a".encode(),
        "zero width space": "\u200b".encode(),
        "BOM": b"\xef\xbb\xbf",
        "surrogate": b"\xed\xa0\x80",
    }.items():
        value = b"Bearer " + good[:middle] + inserted + good[middle:]
        yield shown(f"{name} inside", value)._replace(over_rest=NO_HEADER_VALUE)
    dots = good.replace(b".", "\uff0e".encode())
    yield shown("fullwidth dots", b"Bearer " + dots)


def size(forge: Forge) -> Iterator[Case]:
    """Every size has one answer, and always the same."""
    yield sent("8192, the limit", forge.of_length(MAX_TOKEN_BYTES), ACCEPTED)
    for length in (MAX_TOKEN_BYTES + 1, 9_000, 9_216, 12_000, 15_360, 16_385, 20_480, 31_744):
        yield sent(f"{length}, well signed", forge.of_length(length))
        yield sent(f"{length} letters", "a" * length)
        yield sent(f"{length} dots", "." * length)
    for length in (MAX_METADATA_BYTES, 40_000, 65_536, 100_000):
        yield sent(f"{length}, well signed", forge.of_length(length))._replace(over_rest=_TOO_LARGE)
    for length in (140_000, 300_000):
        case = sent(f"{length} letters", "a" * length)
        # gRPC's own limit; its text has no reason of ours.
        over_grpc = frozenset({TOO_LARGE, "RESOURCE_EXHAUSTED"})
        yield case._replace(over_grpc=over_grpc, over_rest=frozenset({TOO_LARGE, HTTP_431}))
    roles = ["viewer"] * 5_000
    yield sent("5000 roles", forge.with_claims(roles=roles))._replace(over_rest=_TOO_LARGE)
    yield sent("kid of 7 KiB", forge.with_header(kid="x" * 7_168))
    yield sent("one letter", "a")
    parts = tuple((b"authorization", b"Bearer " + p.encode()) for p in forge.good.split("."))
    yield Case("in three fields", parts)
    yield Case("in sixty fields", ((b"authorization", b"Bearer a"),) * 60)
    yield Case("of no bytes", ((b"authorization", b""),))
    large = sent("beside 40 KB", forge.good, TOO_LARGE)
    yield large._replace(fields=(*large.fields, (b"x-pad", b"x" * 40_000)))
    yield Case("beside 90 headers", parts[:1] + _MANY, over_rest=_TOO_LARGE)
    bare = frozenset({HTTP_431, TOO_LARGE})
    yield Case("beside 180 headers", parts[:1] + _MANY * 2, over_rest=bare)


_TOO_LARGE = frozenset({TOO_LARGE})
_MANY = tuple((f"x-{n}".encode(), b"y") for n in range(90))


def _signed(forge: Forge, signed: str) -> str:
    return f"{signed}.{base64url(forge.kit.sign(signed.encode()))}"
