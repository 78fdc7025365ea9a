"""How long after a change was acknowledged the last caches hear that they must forget it.

Each change is an UpdateMe of another user, at random moments, so that it meets the polls of the
other server anywhere. A watching client is told at a moment; the lag is that moment less the one
when the acknowledgement had arrived, both on this machine's monotonic clock, and 0 where the news
came first.
"""

import random
import time
from typing import NamedTuple

import grpc

from bench.load import LoadFailed
from bench.measure import percentile
from bench.people import TokenFiles
from bench.starter import Service, Starter
from bench.watching import Told, watching
from getme.v1.user_service_pb2 import UpdateMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.servers.redis import RedisServer

WATCHERS = (1, 100, 1_000)
SAME_SERVER = "the server that is watched"
OTHER_SERVER = "another server on the same Cassandra"
OTHER_WITH_REDIS = "another server, both with the same Redis as well"
_PAUSE_SECONDS = (0.1, 0.2)
_TIMEOUT_SECONDS = 10.0
_SEED = 7


class Lag(NamedTuple):
    """Milliseconds, over all changes and all watchers."""

    changed_at: str
    watchers: int
    changes: int
    p50_ms: float
    p99_ms: float
    most_ms: float


def measure_lag(
    watched: Service, starter: Starter, tokens: TokenFiles, *, changes: int
) -> list[Lag]:
    """A row for each number of WATCHERS and each place of the change. Raises LoadFailed."""
    with RedisServer() as redis:
        with_redis = {"GETME_REDIS_URL": redis.url}
        places = (
            (SAME_SERVER, watched, watched),
            (OTHER_SERVER, watched, starter.server_on_cassandra()),
            (
                OTHER_WITH_REDIS,
                starter.server_on_cassandra(with_redis),
                starter.server_on_cassandra(with_redis),
            ),
        )
        return [
            _measure(name, number, followed, _Changes(changed, tokens, changes))
            for name, followed, changed in places
            for number in WATCHERS
        ]


class _Change(NamedTuple):
    """When the call was begun, and when its acknowledgement had arrived."""

    user_id: str
    begun: float
    acknowledged: float


class _Changes:
    """As many changes by a server, each of another user."""

    def __init__(self, service: Service, tokens: TokenFiles, number: int) -> None:
        self._service = service
        self._pairs = random.Random(_SEED).sample(tokens.pairs(), number)  # noqa: S311 - no keys
        self._pauses = random.Random(_SEED)  # noqa: S311 - pauses

    def make(self) -> list[_Change]:
        """Makes them one after the other."""
        with grpc.insecure_channel(f"127.0.0.1:{self._service.port}") as channel:
            stub = UserServiceStub(channel)
            return [self._change(stub, user_id, token) for user_id, token in self._pairs]

    def _change(self, stub: UserServiceStub, user_id: str, token: str) -> _Change:
        time.sleep(self._pauses.uniform(*_PAUSE_SECONDS))
        begun = time.monotonic()
        stub.UpdateMe(
            UpdateMeRequest(lastname=f"Byron-{time.monotonic_ns()}"),
            metadata=(("authorization", f"Bearer {token}"),),
            timeout=_TIMEOUT_SECONDS,
        )
        return _Change(user_id, begun, time.monotonic())


def _measure(name: str, number: int, watched: Service, changes: _Changes) -> Lag:
    with watching(watched, number) as watchers:
        made = changes.make()
        watchers.end_after(made[-1].user_id, since=made[-1].begun)
    lags = [_milliseconds(change, told) for change in made for told in watchers.told]
    return Lag(name, number, len(made), percentile(lags, 0.5), percentile(lags, 0.99), max(lags))


def _milliseconds(change: _Change, told: Told) -> float:
    moment = told.first(change.user_id, since=change.begun)
    if moment is None:
        raise LoadFailed(f"a watcher was not told of the change of {change.user_id}")
    return max(0.0, moment - change.acknowledged) * 1_000
