"""WatchInvalidations of a real gRPC server over a real log on SQLite, as listeners see it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import grpc

from getme.clock import now
from getme.v1.user_service_pb2 import WatchInvalidationsRequest, WatchInvalidationsResponse
from getme.v1.user_service_pb2_grpc import UserServiceStub, add_UserServiceServicer_to_server
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.standing import StoredStandings
from getme_server.deadline import Deadline
from getme_server.freshness.change_board import ChangeBoard, board_memory
from getme_server.freshness.change_feed import ChangeFeed
from getme_server.freshness.told_feed import ToldFeed
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.server import grpc_server
from getme_server.servicers.freshness import AnswerFreshness
from getme_server.servicers.user_service import Reading, UserService
from getme_server.servicers.watching import Watching
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import Stores, open_stores
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.revocation_check import RevocationCheck
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import KEY, Interposed
from tests.unit.tokens.signing_keys import key_set_of

SECONDS = 30.0
LIFE_SECONDS = 120.0  # of a stream; no test takes as long


class Watch:
    """One stream, and when it was asked for (monotonic)."""

    def __init__(self, stub: UserServiceStub, request: WatchInvalidationsRequest) -> None:
        self.asked = now()
        self.call: Any = stub.WatchInvalidations(request, timeout=LIFE_SECONDS)

    def next(self) -> WatchInvalidationsResponse:
        """The next message. Raises grpc.RpcError."""
        message: WatchInvalidationsResponse = next(self.call)
        return message

    def told_of(self, user_id: UUID) -> WatchInvalidationsResponse:
        """The next message that names a user."""
        while user_id.bytes not in (message := self.next()).user_ids:
            assert not message.gap
        return message

    def known_until(self, message: WatchInvalidationsResponse) -> float:
        """The moment of which a message tells, at the earliest (monotonic)."""
        return self.asked + message.known_until.ToNanoseconds() / 1e9

    def end(self) -> grpc.RpcError:
        """How it ends, by which what is under way is read."""
        try:
            while True:
                self.next()
        except grpc.RpcError as ended:
            return ended


class Watched(NamedTuple):
    """A server with one worker, and another server over the same store. stores: the latter's."""

    location: SqliteLocation
    stores: Stores
    own_stores: Stores
    log: Interposed
    feed: ChangeFeed
    told: ToldFeed
    watching: Watching
    channel: grpc.Channel

    def watch(self, log_id: str = "", position: int = 0) -> Watch:
        """A new stream on the one connection."""
        request = WatchInvalidationsRequest(log_id=log_id, position=position)
        return Watch(UserServiceStub(self.channel), request)

    def resume(self, message: WatchInvalidationsResponse) -> Watch:
        """One that goes on behind a message."""
        return self.watch(message.log_id, message.position)

    def change(self, *users: UUID) -> None:
        """By the other server."""
        for user in users:
            self.stores.revocations.revoke_tokens(user, [KEY], Deadline(9), keep_seconds=3_600)

    def change_at_once(self, users: list[UUID]) -> None:
        """More than could be changed one by one."""
        with closing(sqlite3.connect(self.location.path)) as database, database:
            database.executemany(
                "INSERT INTO getme_changes (userid, logged) VALUES (?, ?)",
                [(str(user), 2e9) for user in users],
            )

    def lose_entries(self) -> None:
        """Some were there, and are gone before anybody has read them."""
        with closing(sqlite3.connect(self.location.path)) as database, database:
            database.execute("UPDATE sqlite_sequence SET seq = seq + 5 WHERE name='getme_changes'")


@contextmanager
def watched(location: SqliteLocation) -> Iterator[Watched]:
    """A running server; one change was made before it was started."""
    board = ChangeBoard(board_memory(1), worker=0, workers=1)
    with (
        closing(open_stores(location, NO_LOGIN)) as others,
        closing(open_stores(location, NO_LOGIN, on_change=board.post)) as own,
    ):
        others.revocations.revoke_tokens(UUID(int=0), [KEY], Deadline(9), keep_seconds=3_600)
        log = Interposed(own.changes)
        feed = ChangeFeed(log, board, now)
        keys = KeyRing(key_set_of("HS256"))
        told = ToldFeed(feed, keys)
        watching = Watching(told)
        feed.listen(watching.tell)
        rule = CurrentUserRule(StoredStandings(own.accounts), report_missing_user=False)
        revocations = RevocationCheck(
            own.revocations, feed, longest_life_seconds=None, timeout_seconds=2.0
        )
        reading = Reading(rule, own.accounts, watching, AnswerFreshness(told, keys), revocations)
        service = UserService(reading, store_timeout_seconds=2.0)  # type: ignore[abstract]
        pool = CallPool(1, max_calls=10)
        admission = Admission(pool)
        chain = Chain([ErrorTranslation()], admission)
        server = grpc_server(pool, chain, share_port=False)
        add_UserServiceServicer_to_server(service, server)
        port = server.add_insecure_port("127.0.0.1:0")
        feed.start()
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Watched(location, others, own, log, feed, told, watching, channel)
        watching.end()
        server.stop(None).wait()
        feed.stop()
        pool.shutdown()
        admission.refusal_pool.shutdown()
