"""The store is asked once for a token, and again only when the feed cannot vouch for it."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import TokenRevoked
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.revocation import Revoked
from getme_server.tokens.revocation_check import NEVER_LOOKED, RevocationCheck
from tests.unit.tokens.forging import NOW, forge, with_claims
from tests.unit.tokens.ledger import Ledger, Lifetime
from tests.unit.tokens.verdicts import verify

AT = 1_000.0  # on the monotonic clock
STRANGER = "00000000-0000-4000-8000-000000000000"
SOON = Deadline(10)


class Checking:
    """A check of one ledger."""

    def __init__(self, ledger: Ledger, longest_life_seconds: float | None = None) -> None:
        self.ledger = ledger
        self._check = RevocationCheck(
            self.ledger,
            self.ledger,
            longest_life_seconds=longest_life_seconds,
            timeout_seconds=2.0,
        )

    def look(
        self,
        claims: AccessClaims,
        position: int = NEVER_LOOKED,
        *,
        at: float = AT,
        lifetime: Lifetime | None = None,
    ) -> int:
        return self._check.require_not_revoked(
            claims, position, at=at, lifetime=lifetime or Lifetime()
        )

    def revoke(self, claims: AccessClaims) -> None:
        keys = claims.revocation_keys
        self.ledger.revoke_tokens(claims.user_id, keys, SOON, keep_seconds=None)


@pytest.fixture
def checking() -> Checking:
    return Checking(Ledger())


CLAIMS = verify(forge())
OTHERS = verify(with_claims(sub=STRANGER))


def test_store_is_asked_once_for_a_token(checking: Checking) -> None:
    position = checking.look(CLAIMS)
    for second in range(5):
        position = checking.look(CLAIMS, position, at=AT + second)
    assert checking.ledger.reads == 1


def test_revocation_of_another_user_costs_nothing(checking: Checking) -> None:
    position = checking.look(CLAIMS)
    checking.revoke(OTHERS)
    checking.ledger.catch_up()
    assert checking.look(CLAIMS, position) == position
    assert checking.ledger.reads == 1


def test_store_is_asked_again_once_a_token_of_the_user_was_revoked(checking: Checking) -> None:
    position = checking.look(CLAIMS)
    checking.revoke(verify(with_claims(jti="another")))
    checking.ledger.catch_up()
    position = checking.look(CLAIMS, position)
    assert checking.ledger.reads == 2
    checking.look(CLAIMS, position)
    assert checking.ledger.reads == 2


def test_revoked_token_is_refused_once_the_feed_has_heard_of_it(checking: Checking) -> None:
    position = checking.look(CLAIMS)
    checking.revoke(CLAIMS)
    assert checking.look(CLAIMS, position) == position  # the feed vouches still
    checking.ledger.catch_up()
    with pytest.raises(TokenRevoked):
        checking.look(CLAIMS, position)


def test_token_that_was_never_looked_at_is_asked_for_though_the_feed_knows_nothing(
    checking: Checking,
) -> None:
    checking.revoke(CLAIMS)
    with pytest.raises(TokenRevoked):
        checking.look(CLAIMS)


class Racing(Ledger):
    """Another process takes a token back while it is read for the first time."""

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        known = super().revoked(user_id, revocation_keys, deadline)
        if self.reads == 1:
            self.revoke_tokens(user_id, revocation_keys, deadline, keep_seconds=None)
            self.catch_up()
        return known


def test_revocation_during_the_read_is_news_to_the_next_look() -> None:
    checking = Checking(Racing())
    position = checking.look(CLAIMS)
    with pytest.raises(TokenRevoked):
        checking.look(CLAIMS, position)


def test_store_is_asked_each_time_while_the_feed_is_certain_of_nothing(checking: Checking) -> None:
    position = checking.look(CLAIMS)
    checking.ledger.lease_ends = AT + 1
    position = checking.look(CLAIMS, position, at=AT + 0.999)
    assert checking.ledger.reads == 1
    for _ in range(3):
        position = checking.look(CLAIMS, position, at=AT + 1)
    assert checking.ledger.reads == 4
    checking.revoke(CLAIMS)
    with pytest.raises(TokenRevoked):
        checking.look(CLAIMS, position, at=AT + 1)


def test_store_is_asked_each_time_while_nothing_of_the_user_may_be_remembered(
    checking: Checking,
) -> None:
    checking.ledger.quiet = {CLAIMS.user_id}
    position = checking.look(CLAIMS)
    others = checking.look(OTHERS)
    assert checking.ledger.reads == 2
    checking.ledger.quiet = set()  # what was read in that time is not covered after it either
    position = checking.look(CLAIMS, position)
    checking.look(OTHERS, others)
    assert checking.ledger.reads == 3
    checking.look(CLAIMS, position)
    assert checking.ledger.reads == 3


def test_failure_of_the_store_is_raised_and_never_taken_for_an_answer(checking: Checking) -> None:
    checking.ledger.is_down = True
    with pytest.raises(StoreUnavailable):
        checking.look(CLAIMS)


def test_longest_life_tells_which_tokens_without_iat_are_older() -> None:
    checking = Checking(Ledger(), longest_life_seconds=600)  # issued at NOW, then, or later
    checking.ledger.revoke_user_tokens(CLAIMS.user_id, NOW, SOON, keep_seconds=None)
    checking.look(CLAIMS)
    checking.ledger.revoke_user_tokens(CLAIMS.user_id, NOW + 1, SOON, keep_seconds=None)
    with pytest.raises(TokenRevoked):
        checking.look(CLAIMS)


@pytest.mark.parametrize(
    ("seconds", "limit", "is_callers"),
    [
        pytest.param(None, 2.0, False, id="no deadline of the caller"),
        pytest.param(30.0, 2.0, False, id="a later one"),
        pytest.param(0.5, 0.5, True, id="an earlier one"),
    ],
)
def test_store_may_take_as_long_as_its_limit_and_the_caller_allow(
    checking: Checking, seconds: float | None, limit: float, is_callers: bool
) -> None:
    checking.look(CLAIMS, lifetime=Lifetime(seconds))
    (deadline,) = checking.ledger.deadlines
    assert limit - 0.4 < deadline.remaining() <= limit
    assert deadline.is_callers is is_callers
