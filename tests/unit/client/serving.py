"""A small real UserService on a free port, whose answers a test scripts."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from getme.v1.user_service_pb2 import (
    DESCRIPTOR,
    BatchGetUsersResponse,
    GetMeRequest,
    GetMeResponse,
    GetUserResponse,
    UpdateMeRequest,
    UpdateMeResponse,
    WatchInvalidationsRequest,
    WatchInvalidationsResponse,
)

SECONDS = 10.0  # long enough for any machine; nothing here waits that long
GetMe = Callable[[GetMeRequest, Any], GetMeResponse]
UpdateMe = Callable[[UpdateMeRequest, Any], UpdateMeResponse]
Watch = Callable[[WatchInvalidationsRequest, Any], Iterator[WatchInvalidationsResponse]]
_SERVICE = DESCRIPTOR.services_by_name["UserService"]
_UNARY = ("GetMe", "GetUser", "BatchGetUsers", "UpdateMe")


class Users:
    """Answers as scripted, and keeps who asked what."""

    def __init__(self) -> None:
        self.get_me: GetMe = lambda _request, _context: GetMeResponse()
        self.update_me: UpdateMe = lambda _request, _context: UpdateMeResponse()
        self.watch: Watch = _not_served
        self.get_user_answer = GetUserResponse()
        self.batch_answer = BatchGetUsersResponse()
        self.requests: list[Any] = []
        self.metadata: list[dict[str, Any]] = []
        self.peers: list[str] = []
        self.entered = threading.Event()
        self.ended = threading.Event()
        self.address = ""

    def answer(self, rpc: str, request: Any, context: grpc.ServicerContext) -> Message:
        """The scripted answer."""
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        self.peers.append(context.peer())
        if rpc == "GetMe":
            return self.get_me(request, context)
        if rpc == "UpdateMe":
            return self.update_me(request, context)
        return self.get_user_answer if rpc == "GetUser" else self.batch_answer

    def block(self) -> None:
        """From now on GetMe answers only once its call has ended."""

        def wait(_request: GetMeRequest, context: Any) -> GetMeResponse:
            context.add_callback(self.ended.set)
            self.entered.set()
            self.ended.wait(SECONDS)
            return GetMeResponse()

        self.get_me = wait


def until(holds: Callable[[], Any]) -> None:
    """Waits until something holds."""
    ends = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.002)


def _not_served(
    _request: WatchInvalidationsRequest, context: Any
) -> Iterator[WatchInvalidationsResponse]:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "older than its client")
    raise AssertionError  # abort raises


@contextmanager
def serve_users(credentials: grpc.ServerCredentials | None = None) -> Iterator[Users]:
    """A running server. credentials: None for one in the clear."""
    users = Users()
    pool = ThreadPoolExecutor(12)
    server = grpc.server(pool)
    handlers = {rpc: _handler(users, rpc) for rpc in _UNARY}
    handlers["WatchInvalidations"] = grpc.unary_stream_rpc_method_handler(
        lambda *call: users.watch(*call),  # noqa: PLW0108  # a test may script another one later
        request_deserializer=WatchInvalidationsRequest.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(_SERVICE.full_name, handlers)]
    )
    if credentials is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        port = server.add_secure_port("127.0.0.1:0", credentials)
    users.address = f"127.0.0.1:{port}"
    server.start()
    try:
        yield users
    finally:
        server.stop(None).wait()
        pool.shutdown()


def _handler(users: Users, rpc: str) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        partial(users.answer, rpc),
        request_deserializer=GetMessageClass(_SERVICE.methods_by_name[rpc].input_type).FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
