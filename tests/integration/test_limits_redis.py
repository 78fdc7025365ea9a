"""All servers count in one Redis; without it each counts for itself, and no sign-in fails for it.

`GETME_TEST_REDIS=redis://host:port` names a running Redis for those tests that do no harm to it.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from structlog.testing import capture_logs

from getme_server.accounts.attempts import Attempt
from getme_server.limiting.opening import open_limits, own_limits
from getme_server.limiting.rates import AttemptRates, read_rates
from getme_server.limiting.redis_limits import PAUSE_SECONDS, RedisLimits, read_redis_url
from tests.servers.redis import RedisServer
from tests.unit.limiting.taking import Clock, passed, passed_at_once, wait_seconds
from tests.waiting import until

LIMIT = 5
RATES = read_rates(password=f"{LIMIT} per 10 minutes", account="off", address="off")


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    named = os.environ.get("GETME_TEST_REDIS")
    if named:
        yield named
        return
    with RedisServer() as server:
        yield server.url


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """One that a test may kill."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def account() -> str:
    return f"{secrets.token_hex(8)}@example.com"


class OneServer:
    """The limits of one server; clock goes on when a test says so."""

    def __init__(self, url: str, rates: AttemptRates = RATES) -> None:
        self.clock = Clock()
        self.limits = RedisLimits(rates, url, own_limits(rates), self.clock)

    def passed(self, attempts: int, account: str) -> int:
        return passed(self.limits, attempts, account=account)

    def wait_until_redis_is_asked_again(self) -> None:
        self.clock.now += PAUSE_SECONDS


def test_two_servers_let_through_as_many_attempts_as_one(redis_url: str, account: str) -> None:
    servers = [OneServer(redis_url), OneServer(redis_url)]
    assert servers[0].passed(3, account) == 3
    assert servers[1].passed(100, account) == LIMIT - 3
    assert servers[0].passed(1, account) == 0


def test_of_a_hundred_attempts_at_once_on_two_servers_as_many_as_the_limit_get_through(
    redis_url: str, account: str
) -> None:
    servers = [OneServer(redis_url).limits, OneServer(redis_url).limits]
    assert passed_at_once(servers, 100, account=account) == LIMIT


def test_a_refused_attempt_is_told_when_there_is_room(redis_url: str, account: str) -> None:
    server = OneServer(redis_url)
    server.passed(LIMIT, account)
    wait = wait_seconds(server.limits, Attempt.PASSWORD, address="192.0.2.1", account=account)
    assert wait == pytest.approx(600, abs=30)


def test_attempts_are_let_through_again_after_the_window(redis_url: str, account: str) -> None:
    server = OneServer(redis_url, read_rates(password="1 per second", account="off", address="off"))
    assert server.passed(1, account) == 1
    assert server.passed(1, account) == 0
    assert until(lambda: server.passed(1, account) == 1)


def test_redis_holds_neither_addresses_nor_accounts(redis: RedisServer) -> None:
    rates = read_rates(password="9 per hour", account="9 per hour", address="9 per hour")
    limits = OneServer(redis.url, rates).limits
    for attempt in Attempt:
        limits.take(attempt, address="198.51.100.23", account="ada@example.com")
    with redis.client() as client:
        keys = client.keys()
        assert len(keys) == 5
        everything = repr([(key, client.lrange(key, 0, -1)) for key in keys])
        assert all(0 < client.ttl(key) <= 3_600 for key in keys)
    assert "198.51" not in everything
    assert "ada" not in everything


FAULTS: dict[str, Callable[[RedisServer, Redis], object]] = {
    "killed": lambda server, _client: server.kill(),
    "frozen": lambda server, _client: server.freeze(),
    "slow": lambda _server, client: client.client_pause(60_000),
    "a replica that only reads": lambda _server, client: client.replicaof("127.0.0.1", "1"),
    "full": lambda _server, client: client.config_set("maxmemory", "1"),
    "asks for a password": lambda _server, client: (
        client.config_set("requirepass", "another") and client.client_kill_filter(_type="normal")
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_without_redis_a_server_counts_for_itself_at_once(
    redis: RedisServer, account: str, fault: str
) -> None:
    server = OneServer(redis.url)
    with redis.client() as client:
        assert server.passed(1, account) == 1
        FAULTS[fault](redis, client)
    started = time.monotonic()
    with capture_logs() as lines:
        assert server.passed(200, account) == LIMIT
    assert time.monotonic() - started < 2  # each wait for Redis would have been 0.25 s
    assert [(line["event"], line["log_level"]) for line in lines] == [("redis_away", "error")]


def test_many_calls_at_once_do_not_get_more_when_redis_goes(
    redis: RedisServer, account: str
) -> None:
    server = OneServer(redis.url)
    redis.freeze()
    assert passed_at_once([server.limits], 100, account=account) == LIMIT


def test_a_redis_that_comes_back_counts_again_for_all(redis: RedisServer, account: str) -> None:
    one, other = OneServer(redis.url), OneServer(redis.url)
    redis.kill()
    with capture_logs() as lines:
        assert one.passed(LIMIT + 1, account) == LIMIT
        one.wait_until_redis_is_asked_again()
        assert one.passed(1, account) == 0
        redis.start()
        assert one.passed(1, account) == 0  # not asked yet
        one.wait_until_redis_is_asked_again()
        assert one.passed(2, account) == 2
        assert other.passed(100, account) == LIMIT - 2
    assert [line["event"] for line in lines] == ["redis_away", "redis_back"]


def test_a_frozen_redis_that_goes_on_counts_again(redis: RedisServer, account: str) -> None:
    server = OneServer(redis.url)
    assert server.passed(1, account) == 1
    redis.freeze()
    assert server.passed(1, account) == 1
    redis.resume()
    server.wait_until_redis_is_asked_again()
    with capture_logs() as lines:
        server.passed(1, account)
    assert [line["event"] for line in lines] == ["redis_back"]


def test_a_refusal_by_redis_says_that_it_is_back(redis: RedisServer, account: str) -> None:
    server = OneServer(redis.url)
    assert server.passed(LIMIT, account) == LIMIT
    redis.freeze()
    assert server.passed(1, "bob") == 1
    redis.resume()
    server.wait_until_redis_is_asked_again()
    with capture_logs() as lines:
        assert server.passed(3, account) == 0
    assert [line["event"] for line in lines] == ["redis_back"]


def test_only_one_call_asks_whether_redis_is_back(redis: RedisServer, account: str) -> None:
    server = OneServer(redis.url)
    redis.freeze()
    server.passed(1, account)
    server.wait_until_redis_is_asked_again()
    started = time.monotonic()
    assert passed_at_once([server.limits], 50, account="bob") == LIMIT
    assert time.monotonic() - started < 2
    redis.resume()
    with redis.client() as client:
        calls = client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]
    assert calls <= 2


def test_a_flushed_redis_counts_anew(redis: RedisServer, account: str) -> None:
    server = OneServer(redis.url)
    assert server.passed(LIMIT + 1, account) == LIMIT
    with redis.client() as client:
        client.flushall()
        client.script_flush()
    with capture_logs() as lines:
        assert server.passed(LIMIT + 1, account) == LIMIT
    assert lines == []


def test_a_server_starts_without_its_redis(redis: RedisServer, account: str) -> None:
    redis.kill()
    limits = open_limits(RATES, redis.url, own_limits(RATES))
    assert passed(limits, LIMIT + 1, account=account) == LIMIT


def test_the_log_says_nothing_of_the_url(redis: RedisServer, account: str) -> None:
    with redis.client() as client:
        client.config_set("requirepass", "right-password")
    server = OneServer(f"{redis.url}?password=wrong-password")
    with capture_logs() as lines:
        assert server.passed(1, account) == 1
    assert [line["event"] for line in lines] == ["redis_away"]
    assert "password" not in repr(lines)
    assert "redis.sock" not in repr(lines)


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis.example:6379/0",
        "rediss://:secret@redis.example",
        "unix:///run/redis.sock",
        "redis://user:secret@[::1]:6379/3?health_check_interval=30",
    ],
)
def test_the_url_of_a_redis_is_accepted(url: str) -> None:
    assert read_redis_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "redis.example:6379", "http://redis.example", "redis://:se/cret@redis.example"],
)
def test_another_url_is_refused_without_its_words(url: str) -> None:
    with pytest.raises(ValueError, match="redis://host:6379/0") as refused:
        read_redis_url(url)
    assert "cret" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_without_a_url_a_server_counts_for_itself() -> None:
    own = own_limits(RATES)
    assert open_limits(RATES, None, own) is own
