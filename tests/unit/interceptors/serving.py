"""A real gRPC server in the test's own process, on a free port, with getme's chain around it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_interceptor import ServerInterceptor

from getme.v1.user_service_pb2 import GetUserRequest, GetUserResponse
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.server import grpc_server

SERVICE = "test.Test"
SECONDS = 10.0  # long enough for any machine; nothing here waits that long
GOOD_REQUEST = GetUserRequest(user_id="7777b733-a6b8-47e7-83ad-bc2739ae9954").SerializeToString()

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Metadata = Sequence[tuple[str, str | bytes]]
_FACTORIES = {
    "unary": grpc.unary_unary_rpc_method_handler,
    "stream": grpc.unary_stream_rpc_method_handler,
    "bidi": grpc.stream_stream_rpc_method_handler,
}


class Running(NamedTuple):
    """The server, as a caller sees it: bytes in, bytes out."""

    channel: grpc.Channel
    pool: CallPool

    def call(
        self,
        kind: str = "unary",
        request: bytes = GOOD_REQUEST,
        metadata: Metadata = (),
        timeout: float = SECONDS,
    ) -> list[bytes]:
        """All answers of a call. Raises grpc.RpcError."""
        path = f"/{SERVICE}/{kind}"
        options: dict[str, Any] = {"metadata": metadata, "timeout": timeout}
        if kind.startswith("stream"):
            stream: grpc.UnaryStreamMultiCallable[bytes, bytes] = self.channel.unary_stream(path)
            return list(stream(request, **options))
        if kind.startswith("bidi"):
            bidi: grpc.StreamStreamMultiCallable[bytes, bytes] = self.channel.stream_stream(path)
            return list(bidi(iter([request]), **options))
        unary: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(path)
        return [unary(request, **options)]

    def begin(self, kind: str = "unary", timeout: float = SECONDS) -> Any:
        """A call under way."""
        unary: grpc.UnaryUnaryMultiCallable[bytes, bytes]
        unary = self.channel.unary_unary(f"/{SERVICE}/{kind}")
        return unary.future(GOOD_REQUEST, timeout=timeout)

    def refused(self, kind: str = "unary", **options: Any) -> "Refusal":
        """How a call ends that must end badly."""
        try:
            answers = self.call(kind, **options)
        except grpc.RpcError as error:
            return Refusal.of(error)
        raise AssertionError(f"the call succeeded with {answers}")


class Refusal(NamedTuple):
    """All that a caller learns of a call that failed."""

    code: grpc.StatusCode
    message: str
    details: dict[str, Any]
    everything: str

    @classmethod
    def of(cls, error: Any) -> "Refusal":
        """What a failed call says."""
        trailing = dict(error.trailing_metadata())
        status = status_pb2.Status.FromString(trailing.get("grpc-status-details-bin", b""))
        return cls(
            error.code(),
            error.details(),
            {any_.TypeName().rpartition(".")[2]: _unpacked(any_) for any_ in status.details},
            f"{error} {error.debug_error_string()} {trailing}",
        )

    @property
    def reason(self) -> str:
        """`ErrorInfo.reason`, empty where there is none."""
        info = self.details.get("ErrorInfo")
        return info.reason if info else ""


def _unpacked(any_: Any) -> Any:
    message = getattr(error_details_pb2, any_.TypeName().rpartition(".")[2])()
    assert any_.Unpack(message)
    return message


@contextmanager
def serve(
    behaviours: Mapping[str, Callable[..., Any]],
    interceptors: Sequence[ServerInterceptor] = (ErrorTranslation(),),
    *,
    threads: int = 4,
    max_calls: int = 100,
    pools: Mapping[str, CallPool] | None = None,
) -> Iterator[Running]:
    """Serves behaviours; the name of each begins with its kind: unary, stream or bidi.

    pools: name of a behaviour to the threads that run it, which the caller shuts down.
    """
    pool = CallPool(threads, max_calls=max_calls)
    admission = Admission(pool)
    own_pools = {f"/{SERVICE}/{name}": own for name, own in (pools or {}).items()}
    chain = Chain(interceptors, admission, own_pools)
    server = grpc_server(pool, chain, share_port=False)
    handlers = {name: _handler(name, behaviour) for name, behaviour in behaviours.items()}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Running(channel, pool)
    finally:
        server.stop(None).wait()
        pool.shutdown()
        admission.refusal_pool.shutdown()


def _handler(name: str, behaviour: Callable[..., Any]) -> Handler:
    kind = next(kind for kind in _FACTORIES if name.startswith(kind))
    return _FACTORIES[kind](behaviour, GetUserRequest.FromString, GetUserResponse.SerializeToString)
