"""How many attempts a client has over REST, and who counts as one client.

One system for all: each test comes from an address of its own.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.accounts import PASSWORD
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import (
    SESSIONS,
    TIMEOUT_SECONDS,
    Refusal,
    RestSystem,
    fresh_email,
    refusal,
    run_rest,
)

LIMIT = 5  # passwords of one account
ADDRESS_LIMIT = 8  # sign-ins, and as many registrations and refreshes
TEN_MINUTES = 600
AT_ONCE = 100
ROTATIONS = 1_000
LIMITED = Refusal(429, "RATE_LIMITED")
WRONG = Refusal(401, "BAD_CREDENTIALS")
NEW_PASSWORD = "quite another secret of hers"
OUTSIDE = "127.0.0.2"  # a client on this machine that is no trusted proxy
SETTINGS = {
    "GETME_WORKERS": "2",
    "GETME_LIMIT_PASSWORD": f"{LIMIT} per 10 minutes",
    "GETME_LIMIT_ADDRESS": f"{ADDRESS_LIMIT} per 10 minutes",
    "GETME_TRUSTED_PROXIES": "127.0.0.1/32,10.0.0.0/8",
}

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def proxied(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """Two workers behind a gateway; whoever calls from 127.0.0.1 is a proxy that is believed."""
    settings = {"GETME_STORE": new_store("sqlite")} | SETTINGS
    with run_rest(tmp_path_factory.mktemp("limits"), settings) as system:
        yield system


@pytest.fixture
def client(proxied: RestSystem) -> Iterator[RestSystem]:
    """The system, as it is seen from an address that nobody has used."""
    with seen_from(proxied, f"198.51.100.{next(_numbers)}") as client:
        yield client


@contextmanager
def seen_from(system: RestSystem, forwarded: str) -> Iterator[RestSystem]:
    """The same system for a client whose requests a proxy forwards."""
    headers = {"x-forwarded-for": forwarded}
    base_url = system.http.base_url
    with httpx.Client(
        base_url=base_url, headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS
    ) as http:
        yield system._replace(http=http)


@contextmanager
def outside(system: RestSystem) -> Iterator[RestSystem]:
    """The same system for a client that no proxy stands in front of."""
    transport = httpx.HTTPTransport(local_address=OUTSIDE)
    base_url = system.http.base_url
    with httpx.Client(base_url=base_url, transport=transport, timeout=TIMEOUT_SECONDS) as http:
        yield system._replace(http=http)


def require_limited(*answers: httpx.Response) -> None:
    for answer in answers:
        assert refusal(answer) == LIMITED
        assert 0 < int(answer.headers["retry-after"]) <= TEN_MINUTES


def statuses(*answers: httpx.Response) -> list[int]:
    return [answer.status_code for answer in answers]


def test_of_a_hundred_passwords_at_once_no_more_than_the_limit_are_looked_at(
    client: RestSystem,
) -> None:
    email = fresh_email()
    client.register(email)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda n: client.login(email, f"wrong {n}"), range(AT_ONCE)))
    assert Counter(map(refusal, answers)) == {WRONG: LIMIT, LIMITED: AT_ONCE - LIMIT}
    require_limited(*(answer for answer in answers if answer.status_code == 429))
    require_limited(client.login(email))  # nor is the right one


def test_a_success_gives_no_attempt_back_and_nobody_is_locked_out_elsewhere(
    client: RestSystem, proxied: RestSystem
) -> None:
    email = fresh_email()
    client.register(email)
    passwords = ["wrong", PASSWORD, "wrong", PASSWORD, PASSWORD, PASSWORD, "wrong"]
    answers = [client.login(email, password) for password in passwords]
    assert statuses(*answers) == [401, 200, 401, 200, 200, 429, 429]
    with seen_from(proxied, f"198.51.100.{next(_numbers)}") as elsewhere:
        assert elsewhere.login(email).status_code == 200


def test_all_that_asks_for_a_password_is_counted_together(client: RestSystem) -> None:
    user = client.new_user()  # one attempt
    # Two: what was cut off before may have made the new one right.
    assert refusal(client.change_password(user, "wrong", NEW_PASSWORD)) == WRONG
    assert refusal(client.delete_me(user, "wrong")) == WRONG
    assert client.change_password(user, PASSWORD, NEW_PASSWORD).status_code == 204
    require_limited(
        client.change_password(user, NEW_PASSWORD, PASSWORD),
        client.delete_me(user, NEW_PASSWORD),
        client.login(user.email.upper(), NEW_PASSWORD),
    )
    assert client.me(user).status_code == 200  # reading is not limited


def test_registrations_are_limited_by_address(client: RestSystem) -> None:
    answers = [client.register() for _ in range(ADDRESS_LIMIT + 1)]
    assert statuses(*answers) == [201] * ADDRESS_LIMIT + [429]
    require_limited(answers[-1])


def test_refreshes_are_limited_by_address_and_the_session_goes_on(
    client: RestSystem, proxied: RestSystem
) -> None:
    user = client.new_user()
    answers = [client.refresh(user.refresh_token) for _ in range(ADDRESS_LIMIT + 1)]
    assert statuses(*answers) == [200] * ADDRESS_LIMIT + [429]
    require_limited(answers[-1])
    with seen_from(proxied, f"198.51.100.{next(_numbers)}") as elsewhere:
        assert elsewhere.refresh(user.refresh_token).status_code == 200


def test_a_client_that_claims_a_thousand_addresses_has_the_attempts_of_one(
    proxied: RestSystem,
) -> None:
    with outside(proxied) as client, ThreadPoolExecutor(8) as pool:

        def attempt(number: int) -> int:
            claimed = {"x-forwarded-for": f"203.0.{number // 250}.{number % 250}"}
            return client.login(f"nobody{number}@example.org", headers=claimed).status_code

        counted = Counter(pool.map(attempt, range(ROTATIONS)))
    assert counted == {401: ADDRESS_LIMIT, 429: ROTATIONS - ADDRESS_LIMIT}


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("{}", "192.0.2.1"),
        ("1.2.3.4, {}", "192.0.2.2"),
        ("10.0.0.1, {}, 10.0.0.7", "192.0.2.3"),
        ("{}:4711, 10.0.0.7:80, 127.0.0.1", "192.0.2.4"),
        ("unknown, {}", "192.0.2.5"),
        ("::ffff:{}", "192.0.2.6"),
    ],
    ids=["alone", "claimed before", "among proxies", "with ports", "nonsense before", "as IPv6"],
)
def test_behind_trusted_proxies_the_last_hop_that_is_none_counts(
    proxied: RestSystem, chain: str, client: str
) -> None:
    with seen_from(proxied, chain.format(client)) as seen:
        for _ in range(ADDRESS_LIMIT):
            assert refusal(seen.login(fresh_email(), "wrong")) == WRONG
    with seen_from(proxied, client) as seen:
        require_limited(seen.login(fresh_email(), "wrong"))
    with seen_from(proxied, f"{client}, 198.51.100.{next(_numbers)}") as another:
        assert refusal(another.login(fresh_email(), "wrong")) == WRONG


def test_a_session_tells_the_address_that_counted(proxied: RestSystem) -> None:
    with seen_from(proxied, "1.2.3.4, 203.0.113.77, 10.0.0.1") as client:
        user = client.new_user()
        listed = client.http.get(SESSIONS, headers=user.headers).json()["sessions"]
    assert [session["address"] for session in listed] == ["203.0.113.77"]
