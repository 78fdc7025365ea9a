"""One spelling for the same bytes, and no other."""

import pytest

from getme_server.tokens import base64url

SPELLINGS = {
    "RFC 7515, appendix C": (bytes([3, 236, 255, 224, 193]), "A-z_4ME"),
    "one byte": (b"\x00", "AA"),
    "two bytes": (b"\xff\xff", "__8"),
    "three bytes": (b"\xfb\xef\xbe", "----"),
}

REFUSED = {
    "empty": "",
    "padded": "AA==",
    "base64, not base64url": "A+z/4ME",
    "one character too many": "AAAAA",
    "spare bits of one byte": "AB",
    "spare bits of two bytes": "__9",
    "space": "A A",
    "newline at the end": "AA\n",
    "NUL": "AA\0",
    "fullwidth letter": "\uff21A",
    "lone surrogate": "AA\ud800",
    "dot": "AA.AA",
}


@pytest.mark.parametrize(("raw", "text"), SPELLINGS.values(), ids=SPELLINGS)
def test_bytes_and_their_spelling_stand_for_each_other(raw: bytes, text: str) -> None:
    assert base64url.encode(raw) == text
    assert base64url.decode(text) == raw


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        base64url.decode(text)
