"""One text for one token: what is no compact JWS in its one spelling is refused unread.

Every row has a good signature where it has one at all, so that only its form is at fault.
"""

import json

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens.reader import MAX_TOKEN_BYTES, json_object_of, read
from tests.unit.tokens.forging import CLAIMS, HEADER, base64url, forge

GOOD = forge()
HEADER_SEGMENT, PAYLOAD_SEGMENT, SIGNATURE_SEGMENT = GOOD.split(".")
# 32 bytes leave two spare bits in the last of 43 characters; the canonical one has them clear.
SPARE_BITS = GOOD[:-1] + chr(ord(GOOD[-1]) + 1)


def of_length(length: int) -> str:
    """A token of exactly so many characters with a signature over other bytes."""
    rest = length - len(f"{HEADER_SEGMENT}..{SIGNATURE_SEGMENT}")
    raw = b'{"pad":"' + b"x" * (rest * 3 // 4 - 10) + b'"}'
    token = f"{HEADER_SEGMENT}.{base64url(raw)}.{SIGNATURE_SEGMENT}"
    assert len(token) == length
    return token


MALFORMED = {
    "empty": "",
    "one segment": HEADER_SEGMENT,
    "two segments": f"{HEADER_SEGMENT}.{PAYLOAD_SEGMENT}",
    "four segments": f"{GOOD}.{SIGNATURE_SEGMENT}",
    "five segments, as an encrypted token has": f"{GOOD}.e.f",
    "no header": f".{PAYLOAD_SEGMENT}.{SIGNATURE_SEGMENT}",
    "no payload": f"{HEADER_SEGMENT}..{SIGNATURE_SEGMENT}",
    "no signature": f"{HEADER_SEGMENT}.{PAYLOAD_SEGMENT}.",
    "signature padded": f"{GOOD}=",
    "signature padded twice": f"{GOOD}==",
    "header padded": f"{HEADER_SEGMENT}=.{PAYLOAD_SEGMENT}.{SIGNATURE_SEGMENT}",
    "spare bits set": SPARE_BITS,
    "one character too many for base64": f"{HEADER_SEGMENT}.{PAYLOAD_SEGMENT}.AAAAA",
    "base64, not base64url": f"{HEADER_SEGMENT}.{PAYLOAD_SEGMENT}.ab+/",
    "leading space": f" {GOOD}",
    "trailing space": f"{GOOD} ",
    "trailing newline": f"{GOOD}\n",
    "newline in a segment": f"{GOOD[:9]}\n{GOOD[9:]}",
    "tab in a segment": f"{GOOD[:9]}\t{GOOD[9:]}",
    "NUL at the end": f"{GOOD}\0",
    "lone surrogate": f"{GOOD}\ud800",
    "fullwidth letter": GOOD.replace("e", "\uff45", 1),
    "letter that is ASCII only when case is ignored": GOOD[:-1] + "\u212a",
    "comma and a second token": f"{GOOD},{GOOD}",
    "one byte over the limit": of_length(MAX_TOKEN_BYTES + 1),
    "three megabytes": "a" * 3_000_000,
    "three megabytes of dots": "." * 3_000_000,
}

# A part that is no strict JSON object; what that is stands in test_strict_json.py.
NOT_STRICT_JSON = {
    "BOM": json.dumps(HEADER).encode("utf-8-sig"),
    "UTF-16": json.dumps(HEADER).encode("utf-16"),
    "alg twice": b'{"alg":"none","alg":"HS256"}',
    "number": b"1",
    "list": b"[]",
    "NaN": b'{"alg":NaN}',
    "nested 500 deep": b'{"alg":' + b"[" * 500 + b"]" * 500 + b"}",
    "not JSON": b"x",
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
def test_text_that_is_no_canonical_compact_jws_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        read(token)


@pytest.mark.parametrize("part", NOT_STRICT_JSON.values(), ids=NOT_STRICT_JSON)
def test_header_that_is_not_one_strict_json_object_is_refused(part: bytes) -> None:
    with pytest.raises(TokenInvalid):
        read(forge(header=part))


@pytest.mark.parametrize("part", NOT_STRICT_JSON.values(), ids=NOT_STRICT_JSON)
def test_payload_is_left_as_bytes_until_its_signature_is_known(part: bytes) -> None:
    jws = read(forge(payload=part))
    assert jws.payload == part
    with pytest.raises(TokenInvalid):
        json_object_of(jws.payload)


def test_good_token_is_read_as_its_parts() -> None:
    jws = read(GOOD)
    assert jws.header == dict(HEADER)
    assert json_object_of(jws.payload) == dict(CLAIMS)
    assert jws.signing_input == f"{HEADER_SEGMENT}.{PAYLOAD_SEGMENT}".encode()
    assert base64url(jws.signature) == SIGNATURE_SEGMENT


def test_token_of_exactly_the_limit_is_read() -> None:
    assert read(of_length(MAX_TOKEN_BYTES)).header == dict(HEADER)


def test_cause_never_quotes_the_token() -> None:
    for token in [*MALFORMED.values(), *map(forge, NOT_STRICT_JSON.values())]:
        with pytest.raises(TokenInvalid) as refused:
            read(token)
        assert refused.value.message == "the token is not valid"
        assert not {HEADER_SEGMENT, PAYLOAD_SEGMENT, str(CLAIMS["sub"])} & set(
            refused.value.cause.split()
        )
