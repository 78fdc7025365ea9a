"""Tokens are verified once and looked at each time; no answer ever crosses users."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import TokenExpired, TokenInvalid, TokenRevoked
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.remembered import MAX_REMEMBERED_BYTES, RememberingVerifier
from getme_server.tokens.revocation_check import RevocationCheck
from getme_server.tokens.secret_keys import secret_key
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import CLAIMS, NOW, OTHER_SECRET, USER_ID, forge, with_claims
from tests.unit.tokens.ledger import Ledger, Lifetime
from tests.unit.tokens.signing_keys import key_set_of

HOUR = 3_600.0
LIFE = 600.0  # of the tokens that forge() makes
SOON = Deadline(60)
OTHER_KEYS = KeySet([secret_key(OTHER_SECRET)])
STRANGER = UUID("00000000-0000-4000-8000-000000000000")


class Counting(Verifier):
    """The real verifier, and how often it was asked."""

    asked = 0

    def verify(self, token: str, keys: KeySet, *, now: float) -> AccessClaims:
        self.asked += 1
        return super().verify(token, keys, now=now)


class Remembering:
    """A remembering verifier with the clocks, keys and revocations that it goes by."""

    def __init__(self, *, capacity: int = 100, **policy: Any) -> None:
        self.wall, self.monotonic = float(NOW), 1_000.0
        self.ledger = Ledger()
        self.ring = KeyRing(key_set_of("HS256"))
        self.counting = Counting(TokenPolicy(**policy))
        check = RevocationCheck(
            self.ledger, self.ledger, longest_life_seconds=None, timeout_seconds=2.0
        )
        self.verifier = RememberingVerifier(
            self.counting, self.ring, check, monotonic=lambda: self.monotonic, capacity=capacity
        )

    def verify(self, token: str | None = None) -> AccessClaims:
        token = forge() if token is None else token
        return self.verifier.verify(token, now=self.wall, lifetime=Lifetime())

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def revoke(self, claims: AccessClaims) -> None:
        """Takes a token back, and the feed hears of it."""
        keys = claims.revocation_keys
        self.ledger.revoke_tokens(claims.user_id, keys, SOON, keep_seconds=None)
        self.ledger.catch_up()

    def refuses(self, error: type[Exception], token: str | None = None) -> None:
        with pytest.raises(error):
            self.verify(token)


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Threads take turns a thousand times as often, so that a race shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(interval)


def test_token_is_verified_once_and_the_store_is_asked_once() -> None:
    tokens = Remembering()
    for _ in range(5):
        assert tokens.verify().user_id == USER_ID
        tokens.wait(1)
    assert (tokens.counting.asked, tokens.ledger.reads) == (1, 1)


def test_token_that_expires_while_it_is_remembered_is_refused_from_that_moment() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.wait(LIFE - 0.001)
    tokens.verify()
    tokens.wait(0.001)
    tokens.refuses(TokenExpired)
    assert tokens.counting.asked == 1


def test_leeway_holds_for_remembered_tokens_too() -> None:
    tokens = Remembering(leeway_seconds=5)
    tokens.verify()
    tokens.wait(LIFE + 4.9)
    tokens.verify()
    tokens.wait(0.1)
    tokens.refuses(TokenExpired)


def test_clock_set_back_after_its_expiry_does_not_revive_a_token() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.wait(LIFE)
    tokens.refuses(TokenExpired)
    tokens.wall -= HOUR
    for _ in range(3):
        tokens.refuses(TokenExpired)
        tokens.wait(1)


def test_clock_set_back_after_its_expiry_does_not_revive_a_token_that_nobody_asked_for() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.wait(LIFE + 1)
    tokens.wall -= HOUR
    tokens.refuses(TokenExpired)


def test_clock_set_back_before_its_expiry_does_not_prolong_a_token_by_more_than_a_second() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.wait(LIFE / 2)
    tokens.wall -= HOUR
    tokens.verify()
    tokens.wait(LIFE / 2 + 0.999)
    tokens.verify()
    tokens.wait(0.001)
    tokens.refuses(TokenExpired)
    assert tokens.wall < NOW


def test_clock_set_forward_ends_a_token_at_once_and_for_good() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.wall += HOUR
    tokens.refuses(TokenExpired)
    tokens.wall -= HOUR
    tokens.refuses(TokenExpired)


def test_remembered_token_is_refused_before_its_nbf_when_the_clock_is_set_back() -> None:
    token = with_claims(nbf=NOW)
    tokens = Remembering()
    tokens.verify(token)
    tokens.wall -= 1
    tokens.refuses(TokenInvalid, token)
    tokens.wall += 1
    assert tokens.verify(token).user_id == USER_ID
    assert tokens.counting.asked == 1


def test_token_that_is_not_yet_good_is_accepted_once_it_is() -> None:
    token = with_claims(nbf=NOW + 10)
    tokens = Remembering()
    tokens.refuses(TokenInvalid, token)
    tokens.wait(10)
    assert tokens.verify(token).user_id == USER_ID


def test_failures_are_not_remembered() -> None:
    tokens = Remembering()
    for _ in range(3):
        tokens.refuses(TokenInvalid, forge(secret=OTHER_SECRET))
        tokens.refuses(TokenExpired, with_claims(exp=NOW))
    assert (tokens.counting.asked, tokens.ledger.reads) == (6, 0)


def test_text_that_differs_from_a_remembered_token_is_verified_for_itself() -> None:
    tokens = Remembering()
    tokens.verify()
    for other in (f"{forge()}=", f" {forge()}", f"{forge()}\n", forge()[:-1], ""):
        tokens.refuses(TokenInvalid, other)


def test_store_is_asked_again_only_for_the_user_whose_token_was_revoked() -> None:
    tokens = Remembering()
    tokens.verify()
    stranger = tokens.verify(with_claims(sub=str(STRANGER)))
    tokens.revoke(stranger)
    tokens.verify()
    assert tokens.ledger.reads == 2
    tokens.revoke(tokens.verify(with_claims(jti="another of the user")))
    for _ in range(3):
        tokens.verify()
    assert tokens.ledger.reads == 4


def test_store_is_asked_each_time_once_the_lease_is_lost() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.ledger.lease_ends = tokens.monotonic + 1
    tokens.wait(0.9)
    tokens.verify()
    assert tokens.ledger.reads == 1
    tokens.wait(0.1)
    for reads in (2, 3):
        tokens.verify()
        assert tokens.ledger.reads == reads
    tokens.ledger.is_down = True
    tokens.refuses(StoreUnavailable)
    tokens.ledger.is_down = False
    assert tokens.verify().user_id == USER_ID
    assert tokens.counting.asked == 1


@pytest.mark.parametrize("seen_before", [True, False], ids=["remembered", "new"])
def test_revoked_token_is_refused_for_good(seen_before: bool) -> None:
    tokens = Remembering()
    claims = Remembering().verify()
    if seen_before:
        tokens.verify()
    tokens.revoke(claims)
    tokens.refuses(TokenRevoked)
    reads = tokens.ledger.reads
    tokens.ledger.is_down = True
    tokens.refuses(TokenRevoked)
    tokens.wall -= HOUR
    tokens.refuses(TokenRevoked)
    tokens.wall += 2 * HOUR
    tokens.refuses(TokenRevoked)
    assert tokens.ledger.reads == reads


def test_all_tokens_of_a_user_that_were_issued_before_are_revoked_and_later_ones_are_good() -> None:
    tokens = Remembering()
    old, new, unknown = with_claims(iat=NOW - 1), with_claims(iat=NOW), with_claims()
    for token in (old, new, unknown):
        tokens.verify(token)
    tokens.ledger.revoke_user_tokens(USER_ID, NOW, SOON, keep_seconds=None)
    tokens.ledger.catch_up()
    tokens.refuses(TokenRevoked, old)
    tokens.refuses(TokenRevoked, unknown)
    assert tokens.verify(new).user_id == USER_ID


def test_failure_of_the_store_is_raised_and_nothing_is_remembered() -> None:
    tokens = Remembering()
    tokens.ledger.is_down = True
    for _ in range(2):
        tokens.refuses(StoreUnavailable)
    tokens.ledger.is_down = False
    assert tokens.verify().user_id == USER_ID
    tokens.verify()
    assert (tokens.counting.asked, tokens.ledger.reads) == (3, 3)


def test_token_too_long_to_be_remembered_is_verified_each_time() -> None:
    tokens = Remembering()
    long = with_claims(pad="x" * MAX_REMEMBERED_BYTES)
    for _ in range(3):
        assert tokens.verify(long).user_id == USER_ID
    assert (tokens.counting.asked, tokens.ledger.reads) == (3, 3)


def test_what_a_retired_key_has_signed_is_refused_at_once() -> None:
    tokens = Remembering()
    tokens.verify()
    tokens.ring.replace(OTHER_KEYS)
    tokens.refuses(TokenInvalid)
    assert tokens.verify(forge(secret=OTHER_SECRET)).user_id == USER_ID
    tokens.ring.replace(key_set_of("HS256"))
    assert tokens.verify().user_id == USER_ID
    tokens.refuses(TokenInvalid, forge(secret=OTHER_SECRET))


@pytest.mark.usefixtures("quick_switches")
def test_no_race_lets_a_token_of_a_retired_key_through() -> None:
    threads, rounds = 16, 30

    def ask(tokens: Remembering, begun: threading.Barrier, retired: threading.Event) -> int:
        """How often a call that began after the key was retired was answered."""
        begun.wait()
        late = answered = 0
        while late < 20:
            was_retired = retired.is_set()
            with suppress(TokenInvalid):
                tokens.verify()
                answered += was_retired
            late += was_retired
        return answered

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            tokens, retired = Remembering(capacity=1), threading.Event()
            begun = threading.Barrier(threads + 1)
            asking = [pool.submit(ask, tokens, begun, retired) for _ in range(threads)]
            begun.wait()
            tokens.ring.replace(OTHER_KEYS)
            retired.set()
            assert sum(answers.result() for answers in asking) == 0


@pytest.mark.parametrize("capacity", [1, 2, 7])
def test_at_least_its_capacity_and_at_most_twice_as_many_are_remembered(capacity: int) -> None:
    tokens = Remembering(capacity=capacity)
    many = [with_claims(jti=str(number)) for number in range(5 * capacity)]
    for token in many:
        tokens.verify(token)
    tokens.counting.asked = 0
    for token in reversed(many[-capacity:]):
        tokens.verify(token)
    assert tokens.counting.asked == 0
    for token in many[: 3 * capacity]:
        tokens.verify(token)
    assert tokens.counting.asked == 3 * capacity


def test_what_is_remembered_and_how_often_it_was_found_is_told() -> None:
    tokens = Remembering(capacity=2)
    told = tokens.verifier
    assert (told.entries, told.bytes, told.hits, told.misses) == (0, 0, 0, 0)
    many = [with_claims(jti=str(number)) for number in range(3)]
    for token in (*many, many[0]):  # the third is young alone, then the first is so as well
        tokens.verify(token)
    assert (told.entries, told.hits, told.misses) == (3, 1, 3)
    assert told.bytes > sum(map(len, many))
    tokens.verify()  # those that are old alone are forgotten
    assert told.entries == 3
    tokens.refuses(TokenInvalid, "no token")
    tokens.verify()
    assert (told.entries, told.hits, told.misses) == (3, 2, 5)
    tokens.ring.replace(OTHER_KEYS)
    tokens.refuses(TokenInvalid)
    assert (told.entries, told.bytes) == (0, 0)


def test_token_in_use_outlives_many_others() -> None:
    tokens = Remembering(capacity=4)
    for number in range(100):
        tokens.verify()
        tokens.verify(with_claims(jti=str(number)))
    assert tokens.counting.asked == 101


@pytest.mark.usefixtures("quick_switches")
def test_tokens_with_equal_beginnings_never_cross_users_under_many_threads() -> None:
    threads, calls = 32, 100_000
    users = [UUID(int=number) for number in range(7)]
    beginning = {"pad": "x" * 200}  # first in the payload, so that all tokens begin alike
    many = {user: forge(payload=beginning | {**CLAIMS, "sub": str(user)}) for user in users}
    assert len({token[:200] for token in many.values()}) == 1
    tokens = Remembering(capacity=3)

    def ask(seed: int) -> int:
        random = Random(seed)  # noqa: S311  # chooses whom to ask for
        asked = random.choices(users, k=calls // threads)
        return sum(tokens.verify(many[user]).user_id != user for user in asked)

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(ask, range(threads))) == 0
    assert tokens.counting.asked > threads  # they did push each other out
