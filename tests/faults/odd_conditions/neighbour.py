"""Somebody who calls GetMe all the while, and whom no odd condition of others may concern."""

import threading
import time
from typing import Self

import grpc
from google.protobuf.duration_pb2 import Duration

from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.people import ADA
from tests.tokens import bearer, token_for

DEADLINE_SECONDS = 5.0
PAUSE_SECONDS = 0.02
CALLS_AT_ONCE = 400  # far more than there are threads
_OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0))
# From memory, and from the store.
_REQUESTS = (GetMeRequest(), GetMeRequest(max_staleness=Duration()))


class Neighbour:
    """Calls over a connection of its own from the begin of `with` to its end.

    failures: what any of its calls ended with. slowest: seconds.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=_OPTIONS)
        self._users = UserServiceStub(self._channel)
        self._metadata = bearer(token_for(ADA.user_id))
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._call_again_and_again)
        self.answers = 0
        self.slowest = 0.0
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        read_store_at_once(self._channel)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._leaving.set()
        self._thread.join()
        self._call(_REQUESTS[-1])  # after it all
        self._channel.close()

    def _call_again_and_again(self) -> None:
        while not self._leaving.wait(PAUSE_SECONDS):
            self._call(_REQUESTS[self.answers % len(_REQUESTS)])

    def _call(self, request: GetMeRequest) -> None:
        begun = time.monotonic()
        try:
            self._users.GetMe(request, metadata=self._metadata, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as failed:
            self.failures.append(f"{failed.code().name}: {failed.details()}")
        self.answers += 1
        self.slowest = max(self.slowest, time.monotonic() - begun)


def read_store_at_once(channel: grpc.Channel) -> None:
    """Has each thread of a server read the store. Raises grpc.RpcError where one cannot."""
    users, metadata = UserServiceStub(channel), bearer(token_for(ADA.user_id))
    calls = [
        users.GetMe.future(_REQUESTS[-1], metadata=metadata, timeout=DEADLINE_SECONDS)
        for _ in range(CALLS_AT_ONCE)
    ]
    for call in calls:
        call.result()


def is_answered(address: str) -> bool:
    """Whether somebody who comes now, over a connection of its own, has an answer."""
    with grpc.insecure_channel(address, options=_OPTIONS) as channel:
        try:
            UserServiceStub(channel).GetMe(
                _REQUESTS[-1],
                metadata=bearer(token_for(ADA.user_id)),
                timeout=DEADLINE_SECONDS,
            )
        except grpc.RpcError:
            return False
    return True
