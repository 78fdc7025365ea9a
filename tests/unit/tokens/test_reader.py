"""One text for one token: what is no compact JWS in its one spelling is refused unread.

Every row has a good signature where it has one at all, so that only its form is at fault.
"""

import json

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens.reader import MAX_TOKEN_BYTES, read
from tests.unit.tokens.forging import CLAIMS, HEADER, base64url, forge, with_raw_claim

GOOD = forge()
HEADER_SEGMENT, PAYLOAD_SEGMENT, SIGNATURE_SEGMENT = GOOD.split(".")
PAYLOAD = json.dumps(CLAIMS)
# 32 bytes leave two spare bits in the last of 43 characters; the canonical one has them clear.
SPARE_BITS = GOOD[:-1] + chr(ord(GOOD[-1]) + 1)


def nested(opening: str, closing: str, depth: int) -> str:
    return with_raw_claim("deep", opening * depth + "0" + closing * depth)


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

NOT_STRICT_JSON = {
    "UTF-16 payload": forge(payload=PAYLOAD.encode("utf-16")),
    "UTF-16 payload without BOM": forge(payload=PAYLOAD.encode("utf-16-le")),
    "UTF-32 payload": forge(payload=PAYLOAD.encode("utf-32")),
    "UTF-8 payload with BOM": forge(payload=PAYLOAD.encode("utf-8-sig")),
    "UTF-8 header with BOM": forge(header=json.dumps(HEADER).encode("utf-8-sig")),
    "UTF-16 header": forge(header=json.dumps(HEADER).encode("utf-16")),
    "Latin-1 payload": forge(payload='{"x":"é"}'.encode("latin-1")),
    "surrogate encoded in UTF-8": forge(payload=b'{"x":"\xed\xa0\x80"}'),
    "overlong UTF-8": forge(payload=b'{"x":"\xc0\xaf"}'),
    "alg twice": forge(header=b'{"alg":"none","alg":"HS256"}'),
    "sub twice": forge(payload=f'{PAYLOAD[:-1]},"sub":"x"}}'.encode()),
    "exp twice, equal": forge(payload=f'{PAYLOAD[:-1]},"exp":{CLAIMS["exp"]}}}'.encode()),
    "one name in two spellings": forge(payload=f'{PAYLOAD[:-1]},"\\u0073ub":"x"}}'.encode()),
    "name twice in a nested object": with_raw_claim("act", '{"sub":1,"sub":2}'),
    "NaN": with_raw_claim("exp", "NaN"),
    "Infinity": with_raw_claim("exp", "Infinity"),
    "minus Infinity": with_raw_claim("exp", "-Infinity"),
    "integer of 5000 digits": with_raw_claim("exp", "9" * 5_000),
    "Arabic-Indic digits": with_raw_claim("exp", "\u0661\u0669"),
    "trailing bytes": forge(payload=f"{PAYLOAD}x".encode()),
    "two objects": forge(payload=f"{PAYLOAD}{PAYLOAD}".encode()),
    "trailing comma": forge(payload=f"{PAYLOAD[:-1]},}}".encode()),
    "comment": forge(payload=f"{PAYLOAD}//".encode()),
    "NUL in a string": forge(payload=b'{"x":"\0"}'),
    "array": forge(payload=b"[]"),
    "string": forge(payload=b'"x"'),
    "null": forge(payload=b"null"),
    "number as header": forge(header=b"1"),
    "only spaces": forge(payload=b"  "),
    "lists a level too deep": nested("[", "]", 8),
    "objects a level too deep": nested('{"a":', "}", 8),
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
def test_text_that_is_no_canonical_compact_jws_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        read(token)


@pytest.mark.parametrize("token", NOT_STRICT_JSON.values(), ids=NOT_STRICT_JSON)
def test_header_or_payload_that_is_not_one_strict_json_object_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        read(token)


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"":', "}")], ids=["lists", "objects"]
)
@pytest.mark.parametrize("depth", [9, 100, 480, 500, 700, 950, 990, 1_100])
def test_nesting_of_any_depth_is_refused_as_a_bad_token(
    depth: int, opening: str, closing: str
) -> None:
    token = nested(opening, closing, depth)
    assert len(token) <= MAX_TOKEN_BYTES
    with pytest.raises(TokenInvalid):
        read(token)


def test_good_token_is_read_as_its_header_and_payload() -> None:
    assert read(GOOD) == (dict(HEADER), dict(CLAIMS))


def test_token_of_exactly_the_limit_is_read() -> None:
    assert read(of_length(MAX_TOKEN_BYTES)).header == dict(HEADER)


def test_nesting_within_the_limit_is_read() -> None:
    assert "deep" in read(nested("[", "]", 7)).payload


def test_cause_never_quotes_the_token() -> None:
    for token in [*MALFORMED.values(), *NOT_STRICT_JSON.values()]:
        with pytest.raises(TokenInvalid) as refused:
            read(token)
        assert refused.value.message == "the token is not valid"
        assert not {HEADER_SEGMENT, PAYLOAD_SEGMENT, str(CLAIMS["sub"])} & set(
            refused.value.cause.split()
        )
