"""The stages of keys as they follow from a file and a moment."""

import json
from typing import Any

import pytest

from getme_server.key_files.stages import TAKE_UP_SECONDS, Stage, Stages
from getme_server.tokens.jwks import key_set_of_jwks
from tests.unit.key_files.files_in_test import NOW, jwk, public

PUBLISHED, SIGNING, VERIFYING = Stage
LIFE = 3_600.0


def stages(*keys: dict[str, Any]) -> Stages:
    return Stages(key_set_of_jwks(json.dumps({"keys": keys}).encode()), NOW)


# keys, the stage of each, and until when each has signed
CASES = {
    "one key": ([jwk(NOW)], [SIGNING], [None]),
    "one key without a turn": ([jwk()], [SIGNING], [None]),
    "one key whose turn comes signs already": ([jwk(NOW + 9)], [SIGNING], [None]),
    "a published key": ([jwk(NOW - 9), jwk(NOW + 1)], [SIGNING, PUBLISHED], [None, None]),
    "a key whose turn comes now": ([jwk(5), jwk(NOW)], [VERIFYING, SIGNING], [NOW, None]),
    "the order of the file says nothing": (
        [jwk(NOW - 1), jwk(NOW + 1), jwk(7), jwk(5)],
        [SIGNING, PUBLISHED, VERIFYING, VERIFYING],
        [None, None, NOW - 1, 7],
    ),
    "all turns come": ([jwk(NOW + 2), jwk(NOW + 1)], [PUBLISHED, SIGNING], [None, None]),
    "no turns at all": ([jwk(), jwk()], [SIGNING, VERIFYING], [None, None]),
    "equal turns": ([jwk(5), jwk(5)], [SIGNING, VERIFYING], [None, None]),
    "a public part is never published": (
        [jwk(5), public(jwk(NOW + 9))],
        [SIGNING, VERIFYING],
        [None, None],
    ),
    "a public part has no known end": (
        [public(jwk(5)), jwk(NOW - 1)],
        [VERIFYING, SIGNING],
        [None, None],
    ),
    "a public part ends nobody's turn": (
        [jwk(5), public(jwk(6)), jwk(7)],
        [VERIFYING, VERIFYING, SIGNING],
        [7, None, None],
    ),
    "only public parts": ([public(jwk(5))], [VERIFYING], [None]),
}


@pytest.mark.parametrize(("keys", "expected", "until"), CASES.values(), ids=CASES)
def test_stage_follows_from_turn_and_moment(
    keys: list[dict[str, Any]], expected: list[Stage], until: list[float | None]
) -> None:
    found = stages(*keys)
    assert [found.of(key) for key in found.keys.keys] == expected
    assert [found.signed_until(key) for key in found.keys.keys] == until


def test_last_token_is_that_of_a_server_which_was_late_to_take_up_the_next_key() -> None:
    found = stages(jwk(5), jwk(NOW))
    old, new = found.keys.keys
    assert found.last_token_expires(old, LIFE) == NOW + TAKE_UP_SECONDS + LIFE
    assert found.last_token_expires(new, LIFE) is None
