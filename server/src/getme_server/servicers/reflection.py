"""Server reflection, v1 and v1alpha (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md).

grpcio-reflection serves v1alpha only; v1 has the same messages under another service name, and
newer tools ask for it first. Its streams may stay open for long, so they have threads of their
own.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

_NAMES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
_DESCRIBED = "grpc.reflection.v1alpha.ServerReflection"  # v1 has no descriptor in any package
_THREADS = 2


def add_reflection(server: grpc.Server, services: Sequence[str]) -> None:
    """Serves the descriptors of the named services and of reflection itself."""
    servicer = reflection.ReflectionServicer((*services, _DESCRIBED))
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="reflection")

    def behaviour(
        requests: Iterable[reflection_pb2.ServerReflectionRequest], context: grpc.ServicerContext
    ) -> Iterator[reflection_pb2.ServerReflectionResponse]:
        yield from servicer.ServerReflectionInfo(requests, context)

    behaviour.experimental_thread_pool = pool  # type: ignore[attr-defined]  # grpcio reads it
    handler = grpc.stream_stream_rpc_method_handler(
        behaviour,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        [
            grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler})
            for name in _NAMES
        ]
    )
