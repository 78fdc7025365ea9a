"""A small real UserService on a free port, whose answers a test scripts."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from getme.v1.user_service_pb2 import (
    GetMeRequest,
    GetMeResponse,
    GetUserRequest,
    GetUserResponse,
)
from getme.v1.user_service_pb2_grpc import UserServiceServicer, add_UserServiceServicer_to_server

SECONDS = 10.0  # long enough for any machine; nothing here waits that long
GetMe = Callable[[GetMeRequest, Any], GetMeResponse]


class Users(UserServiceServicer):
    """Answers as scripted, and keeps who asked what."""

    def __init__(self) -> None:
        self.get_me: GetMe = lambda _request, _context: GetMeResponse()
        self.get_user_answer = GetUserResponse()
        self.requests: list[GetMeRequest | GetUserRequest] = []
        self.metadata: list[dict[str, Any]] = []
        self.peers: list[str] = []
        self.entered = threading.Event()
        self.ended = threading.Event()
        self.address = ""

    def GetMe(self, request: GetMeRequest, context: grpc.ServicerContext) -> GetMeResponse:  # noqa: N802  # the contract's name
        """The scripted answer."""
        self._keep(request, context)
        return self.get_me(request, context)

    def GetUser(self, request: GetUserRequest, context: grpc.ServicerContext) -> GetUserResponse:  # noqa: N802  # the contract's name
        """The scripted answer."""
        self._keep(request, context)
        return self.get_user_answer

    def block(self) -> None:
        """From now on GetMe answers only once its call has ended."""

        def wait(_request: GetMeRequest, context: Any) -> GetMeResponse:
            context.add_callback(self.ended.set)
            self.entered.set()
            self.ended.wait(SECONDS)
            return GetMeResponse()

        self.get_me = wait

    def _keep(self, request: GetMeRequest | GetUserRequest, context: grpc.ServicerContext) -> None:
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        self.peers.append(context.peer())


@contextmanager
def serve_users() -> Iterator[Users]:
    """A running server."""
    users = Users()
    pool = ThreadPoolExecutor(4)
    server = grpc.server(pool)
    add_UserServiceServicer_to_server(users, server)
    users.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield users
    finally:
        server.stop(None).wait()
        pool.shutdown()
