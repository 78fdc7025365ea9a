"""Tokens are verified once and looked at in time each time; no answer ever crosses users."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import UUID

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.errors import TokenExpired
from getme_server.tokens.key_set import SecretKeys
from getme_server.tokens.remembered import RememberingVerifier
from getme_server.tokens.verifier import TokenPolicy, Verifier
from tests.unit.tokens.forging import (
    CLAIMS,
    EXPIRES,
    NOW,
    OTHER_SECRET,
    SECRET,
    USER_ID,
    forge,
    with_claims,
)

THREADS = 16
CALLS_OF_A_THREAD = 600


class Counting:
    """The real verifier, and how often it was asked."""

    def __init__(self, leeway_seconds: float = 0) -> None:
        self._real = Verifier(SecretKeys((SECRET,)), TokenPolicy(leeway_seconds=leeway_seconds))
        self._mutex = threading.Lock()
        self.asked = 0

    def verify(self, token: str, *, now: float) -> AccessClaims:
        """What the real one answers."""
        with self._mutex:
            self.asked += 1
        return self._real.verify(token, now=now)


def remembering(
    capacity: int = 100, leeway_seconds: float = 0
) -> tuple[RememberingVerifier, Counting]:
    counting = Counting(leeway_seconds)
    return (
        RememberingVerifier(counting, leeway_seconds=leeway_seconds, capacity=capacity),
        counting,
    )


def test_token_is_verified_once() -> None:
    verifier, counting = remembering()
    answers = {verifier.verify(forge(), now=NOW + second) for second in range(3)}
    assert {answer.user_id for answer in answers} == {USER_ID}
    assert counting.asked == 1


def test_token_that_expires_while_it_is_remembered_is_refused_from_that_moment() -> None:
    verifier, _ = remembering()
    verifier.verify(forge(), now=NOW)
    verifier.verify(forge(), now=EXPIRES - 0.001)
    with pytest.raises(TokenExpired):
        verifier.verify(forge(), now=EXPIRES)


def test_remembered_token_is_refused_before_its_nbf_when_the_clock_is_set_back() -> None:
    token = with_claims(nbf=NOW)
    verifier, _ = remembering()
    verifier.verify(token, now=NOW)
    with pytest.raises(TokenInvalid):
        verifier.verify(token, now=NOW - 1)
    assert verifier.verify(token, now=NOW).user_id == USER_ID


def test_token_that_is_not_yet_good_is_accepted_once_it_is() -> None:
    token = with_claims(nbf=NOW + 10)
    verifier, _ = remembering()
    with pytest.raises(TokenInvalid):
        verifier.verify(token, now=NOW)
    assert verifier.verify(token, now=NOW + 10).user_id == USER_ID


def test_leeway_holds_for_remembered_tokens_too() -> None:
    verifier, _ = remembering(leeway_seconds=5)
    verifier.verify(forge(), now=NOW)
    verifier.verify(forge(), now=EXPIRES + 4.9)
    with pytest.raises(TokenExpired):
        verifier.verify(forge(), now=EXPIRES + 5)


def test_failures_are_not_remembered() -> None:
    verifier, counting = remembering()
    for _ in range(3):
        with pytest.raises(TokenInvalid):
            verifier.verify(forge(secret=OTHER_SECRET), now=NOW)
        with pytest.raises(TokenExpired):
            verifier.verify(forge(), now=EXPIRES)
    assert counting.asked == 6


def test_text_that_differs_from_a_remembered_token_is_verified_for_itself() -> None:
    verifier, _ = remembering()
    verifier.verify(forge(), now=NOW)
    for other in (f"{forge()}=", f" {forge()}", f"{forge()}\n", forge()[:-1]):
        with pytest.raises(TokenInvalid):
            verifier.verify(other, now=NOW)


@pytest.mark.parametrize("capacity", [1, 2, 7])
def test_at_least_its_capacity_and_at_most_twice_as_many_are_remembered(capacity: int) -> None:
    verifier, counting = remembering(capacity)
    tokens = [with_claims(jti=str(number)) for number in range(5 * capacity)]
    for token in tokens:
        verifier.verify(token, now=NOW)
    counting.asked = 0
    for token in reversed(tokens[-capacity:]):
        verifier.verify(token, now=NOW)
    assert counting.asked == 0
    for token in tokens[: 3 * capacity]:
        verifier.verify(token, now=NOW)
    assert counting.asked == 3 * capacity


def test_token_in_use_outlives_many_others() -> None:
    verifier, counting = remembering(capacity=4)
    for number in range(100):
        verifier.verify(forge(), now=NOW)
        verifier.verify(with_claims(jti=str(number)), now=NOW)
    assert counting.asked == 101


def test_tokens_with_equal_beginnings_never_cross_users_under_many_threads() -> None:
    padding = "x" * 200  # first in the payload, so that all tokens begin alike
    users = [UUID(int=number) for number in range(40)]
    tokens = {
        user: forge(payload={"pad": padding, **CLAIMS, "sub": str(user)}, secret=SECRET)
        for user in users
    }
    assert len({token[:200] for token in tokens.values()}) == 1
    verifier, _ = remembering(capacity=3)

    def ask(seed: int) -> int:
        random = Random(seed)  # noqa: S311  # chooses whom to ask for
        crossed = 0
        for _ in range(CALLS_OF_A_THREAD):
            user = random.choice(users)
            crossed += verifier.verify(tokens[user], now=NOW).user_id != user
        return crossed

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(ask, range(THREADS))) == 0
