"""The rule: which tokens count as taken back, by what a store knows and when they were issued."""

from typing import Any

import pytest

from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.revocation import Revoked, is_revoked
from tests.unit.tokens.forging import NOW, USER_ID

LONGEST = 3_600.0
KEYS = frozenset({bytes(32)})


def claims(issued: float | None, expires: float = NOW + 600) -> AccessClaims:
    return AccessClaims(
        user_id=USER_ID,
        roles=(),
        token_id="",
        not_before=0,
        expires=expires,
        issued=issued,
        session_id="",
        revocation_keys=(bytes(32),),
    )


def before(moment: float, *, itself: bool = False) -> Revoked:
    return Revoked(keys=KEYS if itself else frozenset(), issued_before=moment)


NOTHING = Revoked(keys=frozenset(), issued_before=None)
ITSELF = Revoked(keys=KEYS, issued_before=None)
ALL = before(NOW + 0.5)

# iat, what the store knows, longest life, whether the token was taken back
RULE: dict[str, tuple[float | None, Revoked, float | None, bool]] = {
    "nothing known": (NOW, NOTHING, None, False),
    "nothing known, no iat": (None, NOTHING, None, False),
    "nothing known, longest life": (None, NOTHING, LONGEST, False),
    "itself": (NOW, ITSELF, None, True),
    "itself, no iat": (None, ITSELF, LONGEST, True),
    "itself, though issued later than all": (NOW + 1, before(NOW, itself=True), None, True),
    "issued long before": (NOW - 1_000, ALL, None, True),
    "issued just before": (NOW + 0.499, ALL, None, True),
    "issued at the moment": (NOW + 0.5, ALL, None, False),
    "issued just after, in the same second": (NOW + 0.501, ALL, None, False),
    "issued after": (NOW + 1, ALL, None, False),
    "whole-second iat in the second of the moment": (NOW, ALL, None, True),
    "whole-second iat at a moment that is a whole second": (NOW, before(NOW), None, False),
    "issued in 1970": (0, ALL, LONGEST, True),
    "iat counts, not the longest life": (NOW + 1, ALL, 1e9, False),
    "no iat, nobody knows how old": (None, ALL, None, True),
    "no iat, may be older": (None, ALL, LONGEST, True),
    "no iat, cannot be older": (None, before(NOW + 600 - LONGEST), LONGEST, False),
    "no iat, could be a moment older": (
        None, before(NOW + 600.001 - LONGEST), LONGEST, True
    ),
}  # fmt: skip


@pytest.mark.parametrize(("issued", "known", "longest", "revoked"), RULE.values(), ids=RULE)
def test_token_is_revoked_by_its_name_or_by_its_age(
    issued: float | None, known: Revoked, longest: float | None, revoked: Any
) -> None:
    assert is_revoked(claims(issued), known, longest_life_seconds=longest) is revoked
