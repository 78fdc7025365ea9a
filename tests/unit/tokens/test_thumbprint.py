"""Thumbprints as the RFCs' own examples have them."""

from collections.abc import Mapping

import pytest

from getme_server.tokens.thumbprint import thumbprint
from tests.unit.tokens.signing_keys import ED

RFC_7638 = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_B"
        "JECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_F"
        "DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4"
        "vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}

VECTORS = {
    "RFC 7638, section 3.1": (RFC_7638, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
    "RFC 8037, appendix A.3": (ED, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
}


@pytest.mark.parametrize(("jwk", "expected"), VECTORS.values(), ids=VECTORS)
def test_thumbprint_is_that_of_the_rfc(jwk: Mapping[str, str], expected: str) -> None:
    assert thumbprint(jwk) == expected


def test_members_of_a_public_key_may_stand_in_any_order() -> None:
    assert thumbprint({name: ED[name] for name in sorted(ED, reverse=True)}) == thumbprint(ED)
