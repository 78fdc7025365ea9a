"""The same with asyncio: `python examples/grpc_service_async.py`."""

import asyncio
import os

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue

import getme
from getme.grpc_interceptor import CurrentUser, current_user


async def greet(
    _request: Empty, context: "grpc.aio.ServicerContext[Empty, StringValue]"
) -> StringValue:
    """Nobody gets here without a good token and the role."""
    return StringValue(value=f"Hello, {current_user(context).firstname}")


# What protoc generates for a service with `rpc Greet(Empty) returns (StringValue)`.
greeter = grpc.method_handlers_generic_handler(
    "example.Greeter",
    {
        "Greet": grpc.unary_unary_rpc_method_handler(
            greet, Empty.FromString, StringValue.SerializeToString
        )
    },
)


async def serve() -> None:
    """Serves until it is stopped."""
    async with getme.aio.Client(os.environ.get("GETME", "127.0.0.1:50051")) as client:
        server = grpc.aio.server(interceptors=[CurrentUser(client, roles={"viewer"})])
        server.add_generic_rpc_handlers([greeter])
        server.add_insecure_port(os.environ.get("LISTEN", "127.0.0.1:50052"))
        await server.start()
        await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve())
