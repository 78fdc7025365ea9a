"""A gRPC service that greets whoever calls: `python examples/grpc_service.py`."""

import os
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue

import getme
from getme.grpc_interceptor import CurrentUser, current_user


def greet(_request: Empty, context: grpc.ServicerContext) -> StringValue:
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

if __name__ == "__main__":
    client = getme.Client(os.environ.get("GETME", "127.0.0.1:50051"))
    server = grpc.server(
        ThreadPoolExecutor(10), interceptors=[CurrentUser(client, roles={"viewer"})]
    )
    server.add_generic_rpc_handlers([greeter])
    server.add_insecure_port(os.environ.get("LISTEN", "127.0.0.1:50052"))
    server.start()
    server.wait_for_termination()
