"""Tokens are taken back for as long as they could have lived, and a day."""

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.revocation import KEEP_MARGIN_SECONDS
from getme_server.tokens.revoker import TokenRevoker
from tests.unit.tokens.forging import EXPIRES, NOW, USER_ID, forge, with_claims
from tests.unit.tokens.ledger import Ledger
from tests.unit.tokens.verdicts import verify

SOON = Deadline(10)
DAY = KEEP_MARGIN_SECONDS
CLAIMS = verify(forge())
LONGEST_SESSION_SECONDS = 3_000.0


def revoker(ledger: Ledger, now: float = NOW, **policy: float) -> TokenRevoker:
    return TokenRevoker(
        ledger,
        TokenPolicy(**policy),  # type: ignore[arg-type]
        longest_session_seconds=LONGEST_SESSION_SECONDS,
        wall_clock=lambda: now,
    )


# moment, leeway, how long it is kept
KEPT = {
    "just issued": (NOW, 0, 600 + DAY),
    "about to expire": (EXPIRES - 0.5, 0, 0.5 + DAY),
    "expired": (EXPIRES + 1_000, 0, DAY),
    "within the leeway": (EXPIRES + 2, 5, 3 + DAY),
}


@pytest.mark.parametrize(("now", "leeway", "kept"), KEPT.values(), ids=KEPT)
def test_token_is_kept_for_the_rest_of_its_life_and_a_day(
    now: float, leeway: float, kept: float
) -> None:
    ledger = Ledger()
    revoker(ledger, now, leeway_seconds=leeway).revoke(CLAIMS, SOON)
    assert ledger.kept == [pytest.approx(kept)]
    assert ledger.revoked(USER_ID, CLAIMS.revocation_keys, SOON).keys == {*CLAIMS.revocation_keys}


def test_no_other_token_of_the_user_is_taken_back_with_one() -> None:
    ledger = Ledger()
    revoker(ledger).revoke(CLAIMS, SOON)
    other = verify(with_claims(jti="another"))
    assert ledger.revoked(USER_ID, other.revocation_keys, SOON) == (frozenset(), None)


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        pytest.param({}, None, id="nobody promised a longest life: for ever"),
        pytest.param({"longest_life_seconds": 3_600}, 3_600 + DAY, id="longest life and a day"),
        pytest.param({"longest_life_seconds": 60}, 3_000 + DAY, id="a session lives longer"),
    ],
)
def test_all_tokens_of_a_user_are_taken_back_until_now(
    policy: dict[str, float], kept: float | None
) -> None:
    ledger = Ledger()
    assert revoker(ledger, NOW + 0.25, **policy).revoke_all_of(USER_ID, SOON) == NOW + 0.25
    assert ledger.kept == [kept]
    assert ledger.revoked(USER_ID, [bytes(32)], SOON) == (frozenset(), NOW + 0.25)


def test_earlier_moment_does_not_revive_what_a_later_one_took_back() -> None:
    ledger = Ledger()
    for now in (NOW, NOW - 3_600):
        revoker(ledger, now).revoke_all_of(USER_ID, SOON)
    assert ledger.revoked(USER_ID, [bytes(32)], SOON).issued_before == NOW


def test_failure_of_the_store_is_raised() -> None:
    ledger = Ledger()
    ledger.is_down = True
    with pytest.raises(StoreUnavailable):
        revoker(ledger).revoke(CLAIMS, SOON)
    with pytest.raises(StoreUnavailable):
        revoker(ledger).revoke_all_of(USER_ID, SOON)
