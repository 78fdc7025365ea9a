"""What is said of the stored user is what a call is answered, against a real SQLite store."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.standing import StoredStandings
from getme_server.commands.explanation_text import Verdict, as_text, verdict
from getme_server.commands.stored_checks import STORE_CHECKS, StoredChecks
from getme_server.deadline import Deadline
from getme_server.errors import GetmeError
from getme_server.stores.location import read_location
from getme_server.stores.opening import Stores, open_stores
from getme_server.tokens.claim_rules import access_claims
from getme_server.tokens.explanation import Explanation, explain
from getme_server.tokens.findings import Outcome
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.reader import json_object_of, read
from getme_server.tokens.secret_keys import secret_key
from tests.conftest import NO_LOGIN
from tests.people import ADA, BANNED, LOCKED_OUT, NOBODY, PEOPLE, STRANGE, SUSPENDED
from tests.unit.tokens.forging import ABSENT, NOW, SECRET, with_claims

SECONDS = 5.0
KEYS = KeySet([secret_key(SECRET)])
IDS = [*(person.user_id for person in PEOPLE), NOBODY]
ROLES = {"no role": [], "viewer": ["viewer"], "moderator": ["moderator"], "unknown": ["gold"]}


@pytest.fixture
def stores(people_database: str) -> Iterator[Stores]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield stores
    stores.close()


def rule(stores: Stores, *, report_missing_user: bool = False) -> CurrentUserRule:
    standings = StoredStandings(stores.accounts)
    return CurrentUserRule(standings, report_missing_user=report_missing_user)


def explained(
    stores: Stores, token: str, *, longest: float | None = None, report_missing_user: bool = False
) -> Explanation:
    explanation = explain(token, KEYS, TokenPolicy(longest_life_seconds=longest), now=NOW)
    assert explanation.user_id is not None
    StoredChecks(
        stores,
        rule(stores, report_missing_user=report_missing_user),
        longest_life_seconds=longest,
        timeout_seconds=SECONDS,
    ).add_to(explanation, explanation.user_id)
    return explanation


def token_of(user_id: UUID, **claims: Any) -> str:
    return with_claims(sub=str(user_id), **claims)


@pytest.mark.parametrize("report_missing_user", [False, True], ids=["alike", "told apart"])
@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
def test_verdict_is_the_rules_for_everybody(
    stores: Stores, roles: list[str], *, report_missing_user: bool
) -> None:
    calls = rule(stores, report_missing_user=report_missing_user)
    for user_id in IDS:
        try:
            calls.current(user_id, tuple(roles), Deadline(SECONDS))
            answer = None
        except GetmeError as error:
            answer = (error.reason, error.message)
        explanation = explained(
            stores, token_of(user_id, roles=roles), report_missing_user=report_missing_user
        )
        refusal = explanation.findings.refusal
        assert (refusal and (refusal.reason, refusal.message)) == answer
        assert [f.check for f in explanation.findings.all][-len(STORE_CHECKS) :] == [*STORE_CHECKS]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.firstname or "empty")
def test_no_address_is_told(stores: Stores, person: Account) -> None:
    text = as_text(explained(stores, token_of(person.user_id, roles=["viewer"])))
    assert "@" not in text
    assert text.isascii()


def revoke_it(stores: Stores, token: str) -> None:
    jws = read(token)
    claims = access_claims(jws, json_object_of(jws.payload))
    stores.revocations.revoke_tokens(
        claims.user_id, claims.revocation_keys[:1], Deadline(SECONDS), keep_seconds=None
    )


def end_its_session(stores: Stores, token: str) -> None:
    jws = read(token)
    claims = access_claims(jws, json_object_of(jws.payload))
    stores.revocations.revoke_tokens(
        claims.user_id, claims.revocation_keys[1:], Deadline(SECONDS), keep_seconds=None
    )


def revoke_all_until(moment: float) -> Callable[[Stores, str], None]:
    return lambda stores, _: stores.revocations.revoke_user_tokens(
        ADA.user_id, moment, Deadline(SECONDS), keep_seconds=None
    )


# what is revoked, the token's iat, the longest life, and what is said
REVOCATIONS: dict[str, tuple[Callable[[Stores, str], None], Any, float | None, str | None]] = {
    "this token": (revoke_it, NOW, None, "this very token was revoked"),
    "its session": (end_its_session, NOW, None, "its session was ended: sign in again"),
    "all, and it is older": (revoke_all_until(NOW), NOW - 1, None, "2030-03-17T17:46:40Z"),
    "all, and it is younger": (revoke_all_until(NOW - 2), NOW - 1, None, None),
    "all, and it has no iat": (revoke_all_until(NOW - 9), ABSENT, None, "have it issued with iat"),
    "all, no iat, longest life": (revoke_all_until(NOW - 9), ABSENT, 600, None),
}


@pytest.mark.parametrize(
    ("revoke", "iat", "longest", "words"), REVOCATIONS.values(), ids=REVOCATIONS
)
def test_revocation_is_told_with_its_kind(
    stores: Stores,
    revoke: Callable[[Stores, str], None],
    iat: Any,
    longest: float | None,
    words: str | None,
) -> None:
    token = token_of(ADA.user_id, iat=iat, sid="a-session")
    revoke(stores, token)
    explanation = explained(stores, token, longest=longest)
    if words is None:
        assert verdict(explanation) is Verdict.ACCEPTED
    else:
        refusal = explanation.findings.refusal
        assert refusal is not None
        assert refusal.reason == "TOKEN_REVOKED"
        assert words in as_text(explanation)


@pytest.mark.parametrize(
    ("person", "command"),
    [(SUSPENDED, "activate"), (BANNED, "activate"), (LOCKED_OUT, "unlock"), (STRANGE, "activate")],
    ids=["suspended", "banned", "credentials locked", "no role"],
)
def test_command_that_lets_the_user_in_again_is_named(
    stores: Stores, person: Account, command: str
) -> None:
    text = as_text(explained(stores, token_of(person.user_id, roles=[])))
    assert f"getme-server user {command} {person.user_id}\n" in text


def test_store_that_goes_away_leaves_the_verdict_open(stores: Stores) -> None:
    stores.close()
    explanation = explained(stores, token_of(ADA.user_id))
    assert verdict(explanation) is Verdict.UNDECIDED
    assert isinstance(explanation.findings.unanswered, StoreUnavailable)
    looked = {f.check: f.outcome for f in explanation.findings.all}
    assert {looked[check] for check in STORE_CHECKS} == {Outcome.SKIPPED}


def test_user_of_an_unproven_token_is_looked_at_all_the_same(stores: Stores) -> None:
    token = token_of(NOBODY, exp=1)[:-4] + "AAAA"
    explanation = explained(stores, token)
    failed = [f.check for f in explanation.findings.all if f.outcome is Outcome.FAILED]
    assert failed == ["signature", "expiry", "user"]
