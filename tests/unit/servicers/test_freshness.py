"""For how long an answer may be remembered: by its user's reading, its token and its place."""

import time
from typing import NamedTuple
from uuid import UUID

import pytest

from getme.clock import now
from getme_server.accounts.standing import Seen
from getme_server.freshness.change_feed import KnownLog
from getme_server.servicers.freshness import AnswerFreshness
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing
from tests.unit.tokens.signing_keys import key_set_of

SLACK = 1.0  # seconds that a busy machine may take
USER_ID = UUID(int=1)


class Log(NamedTuple):
    known_log: KnownLog


LOG = Log(KnownLog("0123", 40))
KEYS = key_set_of("HS256")


def seen(*, ago: float, ends_in: float) -> Seen:
    return Seen(position=41, at=now() - ago, ends=now() + ends_in)


def claims(*, expires_in: float) -> AccessClaims:
    expires, own = time.time() + expires_in, KEYS.keys[0].fingerprint
    return AccessClaims(USER_ID, (), "", 0, expires, None, "", (b"k" * 32,), own)


def test_place_is_told_as_a_position_of_the_log() -> None:
    told = AnswerFreshness(LOG, KeyRing(KEYS))(seen(ago=0, ends_in=60), claims(expires_in=60), 47)
    assert told is not None
    assert (told.log_id, told.position) == ("0123", 7)


@pytest.mark.parametrize(
    ("ends_in", "expires_in", "usable_for"),
    [
        pytest.param(60, 600, 60, id="its user is read again before its token expires"),
        pytest.param(60, 30.5, 30.5, id="its token expires before its user is read again"),
    ],
)
def test_it_may_be_used_as_long_as_its_user_and_its_token_are_good(
    ends_in: float, expires_in: float, usable_for: float
) -> None:
    told = AnswerFreshness(LOG, KeyRing(KEYS))(
        seen(ago=12.25, ends_in=ends_in), claims(expires_in=expires_in), 47
    )
    assert told is not None
    assert usable_for - SLACK < told.usable_for.ToNanoseconds() / 1e9 <= usable_for
    assert 12.25 <= told.age.ToNanoseconds() / 1e9 < 12.25 + SLACK


@pytest.mark.parametrize(("ends_in", "expires_in"), [(-0.001, 60), (60, -0.001), (0, 0)])
def test_what_is_over_may_not_be_remembered(ends_in: float, expires_in: float) -> None:
    answer_freshness = AnswerFreshness(LOG, KeyRing(KEYS))
    told = answer_freshness(seen(ago=1, ends_in=ends_in), claims(expires_in=expires_in), 47)
    assert told is None


def test_an_answer_to_a_token_whose_key_was_retired_meanwhile_may_not_be_remembered() -> None:
    keys = KeyRing(KEYS)
    answer_freshness, given = AnswerFreshness(LOG, keys), seen(ago=0, ends_in=60)
    assert answer_freshness(given, claims(expires_in=60), 47) is not None
    keys.replace(key_set_of("ES256"))
    assert answer_freshness(given, claims(expires_in=60), 47) is None
