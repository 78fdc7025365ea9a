"""Sign-in: who gets a session, what is refused alike, and what happens at the same time."""

from collections.abc import Iterator
from hashlib import md5

import bcrypt
import pytest

from getme_server.accounts.account import Credentials
from getme_server.accounts.attempts import Attempt
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import AccountSuspended, BadCredentials, RoleRequired
from getme_server.deadline import Deadline
from tests.people import ADA, CREATOR, LOCKED_OUT, STRANGE, SUSPENDED
from tests.unit.accounts.account_rules import HERE, PASSWORD, Rules


@pytest.fixture
def rules(people_database: str) -> Iterator[Rules]:
    rules = Rules(people_database)
    yield rules
    rules.stores.close()


def sign_in(rules: Rules, email: str, password: str) -> None:
    rules.sign_in_rule.sign_in(email, password, HERE, Deadline(5))


def give_password(rules: Rules, person: str, stored: str) -> None:
    """Stored as it is, as an import or another service would have left it."""
    found = rules.stores.credentials.credentials(person, Deadline(5))
    assert found is not None
    assert rules.stores.credentials.replace_password(found, stored, Deadline(5))


def stored_of(rules: Rules, email: str) -> Credentials:
    found = rules.stores.credentials.credentials(email, Deadline(5))
    assert found is not None
    return found


def test_who_may_sign_in_is_read_from_the_store_each_time(rules: Rules) -> None:
    rules.sign_in()
    assert set(rules.standings.staleness) == {0}


def test_the_right_password_begins_a_session_and_is_dated(rules: Rules) -> None:
    assert rules.refresh(rules.sign_in())
    account = rules.stores.accounts.account(ADA.user_id, Deadline(5))
    assert account.last_login_date == int(rules.clock.now * 1_000)
    assert rules.audit.actions == [Action.SIGNED_IN]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param(ADA.email, "wrong" + PASSWORD, id="a wrong password"),
        pytest.param("nobody@example.org", PASSWORD, id="an unknown address"),
        pytest.param("no address", PASSWORD, id="no address at all"),
        pytest.param("", "", id="nothing"),
        pytest.param(LOCKED_OUT.email, PASSWORD, id="locked credentials"),
    ],
)
def test_what_is_wrong_is_not_told(rules: Rules, email: str, password: str) -> None:
    give_password(rules, LOCKED_OUT.email, rules.hasher.hash(PASSWORD))
    with pytest.raises(BadCredentials) as refused:
        sign_in(rules, email, password)
    assert refused.value.message == "the e-mail address or the password is wrong"
    assert rules.audit.actions == [Action.SIGN_IN_REFUSED]


def test_the_status_is_told_to_who_knows_the_password(rules: Rules) -> None:
    for person, refusal in ((SUSPENDED, AccountSuspended), (STRANGE, RoleRequired)):
        added = Credentials(
            person.email, rules.hasher.hash(PASSWORD), person.user_id, account_locked=False
        )
        if not rules.stores.credentials.add(added, Deadline(5)):
            give_password(rules, person.email, added.password)
        with pytest.raises(BadCredentials):
            sign_in(rules, person.email, "wrong" + PASSWORD)
        with pytest.raises(refusal):
            sign_in(rules, person.email, PASSWORD)


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(), id="bcrypt"),
        pytest.param(md5(PASSWORD.encode(), usedforsecurity=False).hexdigest(), id="md5"),
    ],
)
def test_an_old_hash_is_replaced_by_one_of_today(rules: Rules, stored: str) -> None:
    give_password(rules, ADA.email, stored)
    rules.sign_in()
    assert stored_of(rules, ADA.email).password.startswith("$argon2id$")
    assert rules.refresh(rules.sign_in())


def test_a_hash_of_today_stays(rules: Rules) -> None:
    before = stored_of(rules, ADA.email)
    rules.sign_in()
    assert stored_of(rules, ADA.email) == before


def test_all_spellings_of_an_address_sign_in_and_count_together(rules: Rules) -> None:
    spelled = (ADA.email, ADA.email.upper(), f"  {ADA.email.title()} ")
    for email in spelled:
        sign_in(rules, email, PASSWORD)
    assert rules.limits.taken == [(Attempt.PASSWORD, HERE.address, ADA.email)] * len(spelled)


def test_an_address_as_killrvideo_kept_it_signs_in(rules: Rules) -> None:
    kept = "Mixed.Case@example.org"
    made = Credentials(kept, rules.hasher.hash(PASSWORD), ADA.user_id, account_locked=False)
    assert rules.stores.credentials.add(made, Deadline(5))
    sign_in(rules, "Mixed.Case@EXAMPLE.org", PASSWORD)


def test_nobody_takes_an_address_away_by_registering_it_in_small_letters(rules: Rules) -> None:
    kept = Credentials(
        "Ada@example.net", rules.hasher.hash(PASSWORD), ADA.user_id, account_locked=False
    )
    other = Credentials(
        "ada@example.net",
        rules.hasher.hash("x" + PASSWORD),
        CREATOR.user_id,
        False,  # noqa: FBT003
    )
    for each in (kept, other):
        assert rules.stores.credentials.add(each, Deadline(5))
    sign_in(rules, "Ada@example.net", PASSWORD)
    sign_in(rules, "ada@example.net", "x" + PASSWORD)


def test_a_password_that_was_changed_meanwhile_signs_nobody_in(rules: Rules) -> None:
    rules.store.meanwhile = lambda: rules.set_password("quite another secret of hers")
    with pytest.raises(BadCredentials):
        rules.sign_in()
    assert rules.live_sessions() == 0


def test_credentials_that_were_locked_meanwhile_sign_nobody_in(rules: Rules) -> None:
    credentials = rules.stores.credentials
    rules.store.meanwhile = lambda: credentials.set_locked(
        ADA.email, locked=True, deadline=Deadline(5)
    )
    with pytest.raises(BadCredentials):
        rules.sign_in()
    assert rules.live_sessions() == 0


def test_credentials_that_were_removed_meanwhile_sign_nobody_in(rules: Rules) -> None:
    credentials = rules.stores.credentials
    rules.store.meanwhile = lambda: credentials.remove(ADA.email, ADA.user_id, Deadline(5))
    with pytest.raises(BadCredentials):
        rules.sign_in()
    assert rules.live_sessions() == 0


def test_a_newer_hash_of_the_same_password_does_no_harm(rules: Rules) -> None:
    rules.store.meanwhile = lambda: rules.set_password(PASSWORD)
    assert rules.refresh(rules.sign_in())
