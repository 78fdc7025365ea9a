"""The whole gateway as an ASGI application, in front of a small real server that a test scripts."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import orjson
import structlog
from google.protobuf.any import pack
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from prometheus_client import CollectorRegistry

import getme.aio
from getme.program.settings import ListenAddress
from getme.reasons import DOMAIN, Reason
from getme_gateway.access_log import AccessLog
from getme_gateway.application import Application
from getme_gateway.cors import Cors
from getme_gateway.health import Ready
from getme_gateway.metrics import RequestMetrics
from getme_gateway.security_headers import SecurityHeaders
from getme_gateway.settings import GatewaySettings
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.web_origin import read_origins
from getme_gateway.wiring import CONTRACT, routes, shortcut

Header = tuple[bytes, bytes]

PEER = ("192.0.2.7", 40_000)
OWN_PAGE: Header = (b"sec-fetch-site", b"same-origin")
_SECONDS = 10.0


@dataclass(frozen=True)
class Refusal:
    """What the server answers instead of a message."""

    code: grpc.StatusCode
    reason: Reason | None = None


@dataclass
class Server:
    """Answers each RPC as scripted, an empty message where it is not, and keeps who asked what."""

    answers: dict[str, Message | Refusal] = field(default_factory=dict)
    requests: list[Any] = field(default_factory=list)
    metadata: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    address: str = ""

    def handler(self, rpc: MethodDescriptor) -> "grpc.RpcMethodHandler[Any, Any]":
        """What answers one RPC."""

        def answer(request: Message, context: grpc.ServicerContext) -> Message:
            self.names.append(rpc.name)
            self.requests.append(request)
            self.metadata.append(dict(context.invocation_metadata()))
            scripted = self.answers.get(rpc.name, GetMessageClass(rpc.output_type)())
            if isinstance(scripted, Refusal):
                context.abort_with_status(rpc_status.to_status(_status(scripted)))
            assert isinstance(scripted, Message)
            return scripted

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=GetMessageClass(rpc.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )


@contextmanager
def serve() -> Iterator[Server]:
    """A running server of the whole contract."""
    server = Server()
    with ThreadPoolExecutor(4) as pool:
        running = grpc.server(pool)
        running.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler(
                    service.full_name,
                    {r.name: server.handler(r) for r in service.methods if not r.server_streaming},
                )
                for file in CONTRACT
                for service in file.services_by_name.values()
            ]
        )
        server.address = f"127.0.0.1:{running.add_insecure_port('127.0.0.1:0')}"
        running.start()
        try:
            yield server
        finally:
            running.stop(None).wait()


@dataclass
class Answer:
    """What a browser received."""

    status: int
    headers: list[Header]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return orjson.loads(self.body)

    @property
    def reason(self) -> str:
        """The reason of a problem, empty for any other answer."""
        return str(self.json["reason"]) if self.status >= 400 else ""

    @property
    def cookies(self) -> list[str]:
        """What was to be set, in order."""
        return [value.decode() for name, value in self.headers if name == b"set-cookie"]


@dataclass(frozen=True)
class Gateway:
    """A gateway before a server; it lives for one request at a time."""

    server: Server
    scope: Callable[..., dict[str, Any]]
    names: JsonNames = JsonNames.COLUMNS
    remembers: bool = True
    origins: str = ""

    def ask(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Sequence[Header] = (),
        **of_scope: Any,
    ) -> Answer:
        """The answer to one request. body: what its JSON spells, None for no body at all."""
        content = b"" if body is None else orjson.dumps(body)
        length: Header = (b"content-length", str(len(content)).encode())
        sent = [length, (b"content-type", b"application/json"), *headers] if content else headers
        path, _, query = target.encode().partition(b"?")
        scope = self.scope(path, method=method, query=query, headers=sent, **of_scope)
        return asyncio.run(self._answer(scope, content))

    async def _answer(self, scope: dict[str, Any], content: bytes) -> Answer:
        messages = [{"type": "http.request", "body": content, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            if messages and content:
                return messages.pop()
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        async with getme.aio.Client(self.server.address, timeout_seconds=_SECONDS) as client:
            await self._application(client)(scope, receive, send)
        return Answer(sent[0]["status"], sent[0]["headers"], sent[1]["body"])

    def _application(self, client: getme.aio.Client) -> Application:
        settings = GatewaySettings(
            gateway_upstream=ListenAddress(self.server.address),
            gateway_json_names=self.names,
            gateway_cors_origins=self.origins,
            gateway_timeout=_SECONDS,
            gateway_cache_memory=1 if self.remembers else 0,
        )
        logger = structlog.wrap_logger(structlog.ReturnLogger(), processors=[])
        return Application(
            routes(settings, client, Ready(client)),
            shortcut=shortcut(client),
            security=SecurityHeaders(on_tls=False),
            cors=Cors(read_origins(self.origins)),
            metrics=RequestMetrics(CollectorRegistry()),
            access_log=AccessLog(logger, lambda: 0.0),
            logger=logger,
            clock=lambda: 0.0,
        )


def _status(refusal: Refusal) -> status_pb2.Status:
    status = status_pb2.Status(code=refusal.code.value[0], message="said by the server")
    if refusal.reason:
        info = error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN)
        status.details.append(pack(info))
    return status
