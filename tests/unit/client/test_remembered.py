"""The memory of answers: what may be used, until when, and what an own write does to it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from getme.feed import Feed, Stream
from getme.remembered import Memory, Remembered
from getme.subject import user_changed_by, user_told_in
from getme.v1.admin_service_pb2 import SetAccountStatusRequest
from getme.v1.auth_service_pb2 import LoginResponse, LogoutRequest, LogoutResponse
from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import (
    Freshness,
    GetMeRequest,
    GetMeResponse,
    WatchInvalidationsResponse,
)
from getme_server.accounts.refresh_token import FAMILY_BYTES, SECRET_BYTES, RefreshToken
from tests.tokens import token_for

ADA = "7777b733-a6b8-47e7-83ad-bc2739ae9954"
GRACE = "5efc4d03-4d4f-4ee2-9a5a-e30c9bd1b2a6"
ZERO = timedelta(0)
MEGABYTE = 2**20
TOKEN = "token"


def duration(seconds: float) -> Duration:
    made = Duration()
    made.FromNanoseconds(round(seconds * 1e9))
    return made


class Client:
    """A memory and its feed, on a clock that the test moves."""

    def __init__(self, max_bytes: int = MEGABYTE) -> None:
        self.now = 100.0
        self.feed = Feed()
        self.memory = Memory(self.feed, max_bytes, clock=lambda: self.now)
        self.stream: Stream = self.feed.stream(asked_at=self.now)
        self.position = 5
        self.hear()

    def hear(self, *changed: str, log_id: str = "log-1") -> None:
        """All is told, up to now."""
        self.position += len(changed)
        self.stream.take(
            WatchInvalidationsResponse(
                log_id=log_id,
                position=self.position,
                user_ids=[bytes.fromhex(user.replace("-", "")) for user in changed],
                known_until=duration(self.now - self.stream.asked_at),
            ),
            at=self.now,
        )

    def wait(self, seconds: int) -> None:
        """Time passes, in which nothing happens."""
        self.now += seconds
        self.hear()

    def ask(self, token: str = TOKEN, *, user: str = ADA, etag: str = "", **freshness: Any) -> Any:
        """One call; what was sent."""
        asking = self.memory.ask(token, GetMeRequest())
        self.memory.keep(asking, self.answer(user=user, etag=etag, **freshness))
        return asking.request

    def answer(self, *, user: str = ADA, etag: str = "", **freshness: Any) -> GetMeResponse:
        """A server's answer of now."""
        said = {
            "log_id": "log-1",
            "position": self.position,
            "usable_for": {"seconds": 60},
            **freshness,
        }
        return GetMeResponse(user=User(user_id=user), etag=etag, freshness=Freshness(**said))

    def etag(self, token: str = TOKEN, max_staleness: timedelta | None = None) -> str | None:
        """That of the answer in memory."""
        found = self.memory.recall(token, max_staleness)
        return None if found is None else found.user.etag


@pytest.fixture
def client() -> Client:
    return Client()


def test_answer_is_recalled_as_it_came(client: Client) -> None:
    assert client.ask(etag="one").remember
    assert client.etag() == "one"
    assert (client.memory.hits, client.memory.misses, client.memory.entries) == (1, 1, 1)
    assert client.memory.lease_seconds_left == pytest.approx(0.9)


def test_tokens_that_begin_alike_are_never_mixed(client: Client) -> None:
    long = "x" * 200
    client.ask(f"{long}a", etag="a")
    client.ask(f"{long}b", etag="b", user=GRACE)
    assert (client.etag(f"{long}a"), client.etag(f"{long}b")) == ("a", "b")
    assert client.etag(long) is None
    assert client.etag(f"{long}a=") is None


def test_change_of_its_user_voids_an_answer(client: Client) -> None:
    client.ask("ada")
    client.ask("grace", user=GRACE)
    client.hear(ADA)
    assert client.etag("ada") is None
    assert client.etag("grace") is not None


def test_nothing_is_recalled_when_the_lease_has_ended(client: Client) -> None:
    client.ask()
    client.now += 0.89
    assert client.etag() is not None
    client.now += 0.02
    assert client.etag() is None


def test_answer_ends_when_its_server_said_counted_from_when_it_was_asked_for(
    client: Client,
) -> None:
    asking = client.memory.ask("token", GetMeRequest())
    client.wait(1)
    client.memory.keep(asking, client.answer(usable_for={"seconds": 3}))
    client.wait(1)
    assert client.etag() is not None
    client.wait(1)
    assert client.etag() is None


NOT_REMEMBERED: dict[str, dict[str, Any]] = {
    "another log": {"log_id": "log-2"},
    "no log": {"log_id": ""},
    "no time": {"usable_for": {}},
    "before a gap": {"position": 4},
    "no user": {"user": ""},
    "strange user": {"user": "ada"},
}


@pytest.mark.parametrize("said", NOT_REMEMBERED.values(), ids=NOT_REMEMBERED)
def test_answer_that_may_not_be_used_is_not_remembered(
    client: Client, said: dict[str, Any]
) -> None:
    client.ask(**said)
    assert client.etag() is None


def test_answer_without_freshness_is_not_remembered_and_not_lost(client: Client) -> None:
    asking = client.memory.ask("token", GetMeRequest())
    kept = client.memory.keep(asking, GetMeResponse(user=User(user_id=ADA), etag="one"))
    assert kept.user.etag == "one"
    assert client.etag() is None


def test_server_that_is_ahead_of_the_feed_is_not_believed_beyond_it(client: Client) -> None:
    client.ask(position=7)
    assert client.etag() is not None
    client.hear(ADA)  # at 6: the answer has it, and who knows that
    assert client.etag() is None


def test_older_answer_that_comes_later_does_not_take_the_place_of_a_newer_one(
    client: Client,
) -> None:
    client.ask(etag="new", position=7)
    client.ask(etag="old", position=6)
    assert client.etag() == "new"
    client.now += 0.1
    client.ask(etag="read later", position=6)
    assert client.etag() == "read later"


def test_other_log_voids_all(client: Client) -> None:
    client.ask()
    client.hear(log_id="log-2")
    assert client.etag() is None
    client.hear()
    assert client.etag() is None


@pytest.mark.parametrize(
    ("staleness", "found"),
    [
        (None, True),
        (timedelta(seconds=6), True),
        (timedelta(seconds=5), True),
        (timedelta(seconds=4.9), False),
        (ZERO, False),
        (timedelta(seconds=-1), False),
    ],
    ids=str,
)
def test_answer_counts_as_old_as_the_reading_of_its_store(
    client: Client, staleness: timedelta | None, found: bool
) -> None:
    client.ask(age={"seconds": 3})
    client.wait(2)
    assert (client.etag("token", staleness) is not None) is found


def test_zero_staleness_asks_even_at_the_moment_of_the_reading(client: Client) -> None:
    client.ask()
    assert client.etag("token", ZERO) is None


def test_request_of_the_caller_is_sent_and_left_as_it_is(client: Client) -> None:
    request = GetMeRequest(if_none_match="one", max_staleness=duration(2))
    sent = client.memory.ask("token", request).request
    assert (sent.if_none_match, sent.max_staleness.seconds, sent.remember) == ("one", 2, True)
    assert not request.remember


def test_memory_is_bounded_in_bytes() -> None:
    client = Client(max_bytes=50_000)
    for number in range(200):
        client.ask(f"token-{number}")
        assert client.memory.size_bytes <= 50_000
    assert client.etag("token-199") is not None
    assert client.etag("token-0") is None
    assert 5 < client.memory.entries < 30


def test_cleared_memory_recalls_nothing(client: Client) -> None:
    client.ask()
    client.memory.clear()
    assert (client.etag(), client.memory.entries) == (None, 0)


def reads_store(request: GetMeRequest) -> bool:
    return request.HasField("max_staleness") and request.max_staleness.ToNanoseconds() == 0


def test_own_write_is_seen_at_once_by_its_token_and_its_user(client: Client) -> None:
    client.ask("token")
    client.ask("other", user=ADA)
    client.ask("grace", user=GRACE)
    write = client.memory.write_begins("token")
    for _ in range(2):  # while it is under way, and when it has ended
        assert (client.etag("token"), client.etag("other")) == (None, None)
        assert reads_store(client.ask("token"))
        assert reads_store(client.ask("other"))
        assert (client.etag("token"), client.etag("other")) == (None, None)
        assert client.etag("grace") is not None
        if write:
            client.memory.write_ended(write)
            write = ()


def test_own_write_by_a_token_that_is_not_remembered_is_seen_by_the_others(client: Client) -> None:
    client.ask("ada")
    client.ask("grace", user=GRACE)
    client.memory.write_begins(token_for(UUID(ADA), "viewer"))
    assert client.etag("ada") is None
    assert client.etag("grace") is not None


def test_change_of_another_s_account_is_seen_at_once_by_that_user(client: Client) -> None:
    client.ask("ada")
    client.ask("grace", user=GRACE)
    ada = user_changed_by(SetAccountStatusRequest(user_id=ADA))
    client.memory.write_ended(client.memory.write_begins("moderator", changed_user=ada))
    assert client.etag("ada") is None
    assert reads_store(client.ask("ada"))
    assert client.etag("grace") is not None


def test_change_by_a_refresh_token_alone_is_seen_at_once_by_its_user(client: Client) -> None:
    client.ask("ada")
    client.ask("grace", user=GRACE)
    refresh_token = RefreshToken(UUID(ADA), b"f" * FAMILY_BYTES, b"s" * SECRET_BYTES).text()
    ada = user_changed_by(LogoutRequest(refresh_token=refresh_token))
    client.memory.write_ended(client.memory.write_begins(None, changed_user=ada))
    assert client.etag("ada") is None
    assert client.etag("grace") is not None


def test_a_sign_in_is_seen_at_once_by_its_user(client: Client) -> None:
    client.ask("ada")
    ada = user_told_in(LoginResponse(user=User(user_id=ADA)))
    client.memory.write_ended(client.memory.write_begins(None, changed_user=ada))
    assert client.etag("ada") is None


@pytest.mark.parametrize(
    "asked",
    [
        GetMeRequest(),
        SetAccountStatusRequest(user_id="ada"),
        LogoutRequest(refresh_token="ada"),
        LogoutRequest(refresh_token="gmr_\xe9"),
    ],
)
def test_other_requests_name_nobody(asked: Message) -> None:
    assert user_changed_by(asked) is None


@pytest.mark.parametrize("answer", [LoginResponse(), GetMeResponse(), LogoutResponse()])
def test_other_answers_show_nobody(answer: Message) -> None:
    assert user_told_in(answer) is None


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c", "a.!.c", "a.W10.c", "a.e30.c", "a.eyJzdWIiOjF9.c", "a.bnVsbA.c"],
)
def test_own_write_by_what_names_no_user_concerns_nobody_else(client: Client, token: str) -> None:
    client.ask("ada")
    client.memory.write_begins(token)
    assert client.etag("ada") is not None


def test_memory_is_used_again_a_second_after_an_own_write(client: Client) -> None:
    client.ask()
    client.memory.write_ended(client.memory.write_begins("token"))
    client.now += 0.99
    client.ask()
    assert client.etag() is None
    client.wait(1)
    assert not reads_store(client.ask())
    assert client.etag() is not None


def test_write_that_takes_long_is_heeded_until_a_second_after_its_end(client: Client) -> None:
    client.ask()
    first, second = client.memory.write_begins("token"), client.memory.write_begins("token")
    client.memory.write_ended(second)
    client.wait(20)
    assert reads_store(client.ask())
    assert client.etag() is None
    client.memory.write_ended(first)
    assert reads_store(client.ask())


def test_answer_of_a_call_that_began_before_an_own_write_ended_is_not_remembered(
    client: Client,
) -> None:
    before = client.memory.ask("token", GetMeRequest())
    write = client.memory.write_begins("token")
    during = client.memory.ask("token", GetMeRequest())
    client.memory.write_ended(write)
    client.wait(3)
    for asking in (before, during):
        client.memory.keep(asking, client.answer())
        assert client.etag() is None


def test_many_own_writes_leave_nothing_behind(client: Client) -> None:
    for number in range(5_000):
        client.memory.write_ended(client.memory.write_begins(f"token-{number}"))
        client.now += 0.1
    kept = client.memory._own_writes._settled_at  # noqa: SLF001  # there is no other way to see it
    assert len(kept) < 1_000


def late(client: Client, answer: GetMeResponse, *changed: str, seconds: float) -> bool:
    """Whether an answer that took so long, and meanwhile somebody changed, is asked for again."""
    asking = client.memory.ask("token", GetMeRequest())
    client.now += seconds
    client.hear(*changed)
    return client.memory.must_ask_again(asking, client.memory.keep(asking, answer))


def test_late_answer_is_asked_for_again_unless_it_is_known_to_be_right(client: Client) -> None:
    assert late(client, client.answer(), ADA, seconds=0.3)
    assert not late(client, client.answer(), seconds=0.3)
    assert not late(client, client.answer(), GRACE, seconds=0.3)
    assert not late(client, client.answer(), ADA, seconds=0.2)
    client.feed.end()
    asking = client.memory.ask("token", GetMeRequest())
    client.now += 0.3
    assert client.memory.must_ask_again(asking, Remembered(client.answer()))
    assert reads_store(client.memory.ask_again(asking).request)
    client.feed.served = False  # who never knows anything need not ask twice each time
    assert not client.memory.must_ask_again(asking, Remembered(client.answer()))


def test_answer_about_a_user_who_changed_something_by_another_token_is_asked_for_again(
    client: Client,
) -> None:
    client.ask("token")
    client.memory.write_ended(client.memory.write_begins("token"))
    asking = client.memory.ask("new", GetMeRequest())
    assert not reads_store(asking.request)  # nobody knows yet whose it is
    answer = client.memory.keep(asking, client.answer())
    assert client.memory.must_ask_again(asking, answer)
    again = client.memory.ask_again(asking)
    assert reads_store(again.request)
    assert not client.memory.must_ask_again(again, client.memory.keep(again, client.answer()))
