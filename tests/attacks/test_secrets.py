"""No secret leaves a server or a gateway by its log, its metrics, its refusals or its store.

Nor does an e-mail address: the audit log names accounts by their IDs.
"""

import base64
import json
import secrets
import sqlite3
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import grpc
import httpx
import pytest

from tests.accounts import CHEAP_ACCOUNTS, People
from tests.attacks import account_calls
from tests.attacks.canaries import Canaries
from tests.attacks.recorded_doors import Refusals
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem
from tests.servers.programs import start_gateway, start_server
from tests.servers.redis import RedisServer

SETTINGS = CHEAP_ACCOUNTS | {
    "GETME_LOG_LEVEL": "debug",
    "GETME_LIMIT_PASSWORD": f"{account_calls.LIMIT} per hour",
}
AUDITED = {
    "registered",
    "signed_in",
    "sign_in_refused",
    "refresh_token_reused",
    "session_ended",
    "all_sessions_ended",
    "password_changed",
    "deleted",
}
CALLED = {
    *("Register", "Login", "Refresh", "Logout", "LogoutEverywhere", "ListSessions"),
    *("RevokeSession", "GetMe", "UpdateMe", "ChangePassword", "DeleteMe", "SetAccountStatus"),
}


class Watched(NamedTuple):
    """A system all of whose words are remembered."""

    rest: RestSystem
    people: People
    refusals: Refusals

    def is_logged(self) -> bool:
        """Whether all that came before is in the logs."""
        request_id = secrets.token_hex(8)
        self.rest.http.get("/api/v1/users/me", headers={"x-request-id": request_id})
        return self.rest.server.has_line(request_id) and self.rest.gateway.has_line(request_id)

    def metrics(self) -> list[str]:
        """All that the programs tell of themselves."""
        urls = (self.rest.server.metrics_url, self.rest.gateway.metrics_url)
        return [httpx.get(url, trust_env=False).text for url in urls]

    def printed(self) -> list[str]:
        """All lines of the logs."""
        return [*self.rest.server.lines, *self.rest.gateway.lines]

    def errors(self) -> list[str]:
        """All that was said beside the logs."""
        return [*self.rest.server.errors, *self.rest.gateway.errors]


@contextmanager
def watched(directory: Path, settings: dict[str, str]) -> Iterator[Watched]:
    refusals = Refusals()
    level = {"GETME_LOG_LEVEL": "debug"}
    with (
        start_server(directory, SETTINGS | settings) as server,
        start_gateway(directory, server.address, level) as gateway,
        grpc.insecure_channel(server.address) as channel,
        refusals.http(gateway.address) as http,
    ):
        people = People(grpc.intercept_channel(channel, refusals))
        yield Watched(RestSystem(server, gateway, http), people, refusals)


def require_json(lines: list[str]) -> list[dict[str, object]]:
    """The events of logs, one on each line."""
    events = [json.loads(line) for line in lines]
    assert all(isinstance(event, dict) for event in events)
    assert not [line for line in lines if not line.rstrip("\n").isprintable()]
    return events


def test_no_secret_and_no_address_is_seen_again(new_store: NewStore, tmp_path: Path) -> None:
    canaries = Canaries()
    with RedisServer() as redis:
        settings = {"GETME_STORE": new_store("sqlite"), "GETME_REDIS_URL": redis.url}
        with watched(tmp_path, settings) as system:
            account_calls.live_over_rest(system.rest, canaries)
            account_calls.live_in_a_browser(system.rest, canaries)
            account_calls.send_nonsense(system.rest, canaries)
            account_calls.live_over_grpc(system.people, canaries)
            account_calls.use_up_all_attempts(system.rest, canaries)
            assert system.is_logged()
            metrics = system.metrics()
        with redis.client() as operator:
            counted = [key.decode("latin-1") for key in operator.scan_iter("*")]
    printed, errors = system.printed(), system.errors()
    assert canaries.seen([*printed, *errors, *metrics, *system.refusals.texts]) == []
    assert counted
    assert canaries.seen(counted) == []
    events = require_json(printed)
    # The search was of all there is: every call was made, refused too, and none was left out.
    assert {str(event["event"]) for event in events} >= AUDITED
    assert {str(event.get("method")).rpartition("/")[2] for event in events} >= CALLED
    assert {event.get("reason") for event in events} >= {"INVALID_FIELD", "RATE_LIMITED"}
    assert not [event for event in events if "lines_left_out" in event]
    assert system.refusals.texts
    assert "INTERNAL" not in "".join(printed)


def test_a_store_that_fails_tells_nothing_of_what_it_was_asked(
    new_store: NewStore, tmp_path: Path
) -> None:
    canaries, url = Canaries(), new_store("sqlite")
    email, password = canaries.email(), canaries.password()
    with watched(tmp_path, {"GETME_STORE": url}) as system:
        system.rest.register(email, password=password)
        user = account_calls.sign_in(system.rest, canaries, email, password)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            for table in ("user_credentials", "users"):
                database.execute(f"ALTER TABLE {table} RENAME TO {table}_of_another_time")
        answers = [
            system.rest.login(email, password),
            system.rest.register(canaries.email(), password=password),
            system.rest.refresh(user.refresh_token),
            system.rest.change_password(user, password, canaries.password()),
            system.rest.delete_me(user, password),
        ]
        assert {answer.status_code for answer in answers} <= {500, 503}
        assert system.is_logged()
    printed = system.printed()
    assert canaries.seen([*printed, *system.errors(), *system.refusals.texts]) == []
    require_json(printed)


def test_what_signs_somebody_in_is_not_in_the_store(new_store: NewStore, tmp_path: Path) -> None:
    canaries, url = Canaries(), new_store("sqlite")
    email, password = f"{secrets.token_hex(4)}@example.org", canaries.password()
    with watched(tmp_path, {"GETME_STORE": url}) as system:
        system.rest.register(email, password=password)
        user = account_calls.sign_in(system.rest, canaries, email, password)
        again = system.rest.refresh(user.refresh_token).json()
        canaries.token(again["token"])
        canaries.token(again["refresh_token"])
        files = list(Path(url.removeprefix("sqlite:///")).parent.iterdir())
        stored = [file.read_bytes().decode("latin-1") for file in files]
    assert email in "".join(stored)  # it is the right place to look
    assert canaries.seen(stored) == []


@pytest.mark.parametrize(
    "written",
    [
        str,
        repr,
        str.upper,
        json.dumps,
        urllib.parse.quote,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(f"a{text}".encode()).decode(),
        lambda text: base64.b64encode(f"ab{text}c".encode()).decode(),
        lambda text: text.encode().hex(),
    ],
    ids=["text", "repr", "upper", "json", "url", "base64", "base64url", "within base64", "hex"],
)
def test_a_canary_is_recognised_however_it_is_written(written: Callable[[str], str]) -> None:
    canaries = Canaries()
    texts = [canaries.password(), canaries.email(), canaries.word()]
    assert canaries.seen(["nothing of it"]) == []
    for text in texts:
        assert canaries.seen([f"a log line with {written(text)} in it"])
