"""A key verifies what its owner signed, and says no to a signature that could not be one."""

import pytest

from tests.unit.tokens.signing_keys import KINDS, key_of, signed

IMPOSSIBLE = {
    "empty": b"",
    "one byte": b"\0",
    "63 bytes": bytes(63),
    "64 zeros": bytes(64),
    "64 ones": b"\xff" * 64,
    "65 bytes": bytes(65),
    "256 ones": b"\xff" * 256,
    "6000 bytes": bytes(6_000),
}


@pytest.mark.parametrize("signature", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize("kind", KINDS)
def test_impossible_signature_is_a_plain_no(kind: str, signature: bytes) -> None:
    assert key_of(kind).verifies(b"anything", signature) is False


@pytest.mark.parametrize("kind", KINDS)
def test_key_tells_no_more_than_a_public_jwk_may(kind: str) -> None:
    told = key_of(kind).public_jwk
    assert set(told) <= {"kid", "alg", "use", "kty", "crv", "n", "e", "x", "y"}
    assert bool(told) is (kind != "HS256")


def test_no_two_kinds_of_key_sign_alike() -> None:
    assert len({signed(key_of(kind)) for kind in KINDS}) == len(KINDS)
