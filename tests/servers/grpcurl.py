"""The part of grpcurl that our documentation uses, for machines that have no grpcurl.

    grpcurl -plaintext [-max-time SECONDS] [-H 'name: value']... [-d JSON] ADDRESS SERVICE/METHOD

As grpcurl 1.9 does it: the call is learned by reflection, the answer is printed as JSON, a refusal
goes to standard error with its details, and the exit code is 64 more than its status. The lines of
the documentation were tried with both.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from grpc_status import rpc_status

EXIT_OFFSET = 64  # grpcurl's, so that its own failures (1, 2) are told from those of the call
CALL_SECONDS = 15.0

# Their types, so that details can be printed.
_DETAILS = error_details_pb2.DESCRIPTOR.pool


def main(arguments: Sequence[str]) -> int:
    """Makes one call, whose answer may be a stream; the exit code."""
    given = _options(arguments)
    service, _, method = given.method.rpartition("/")
    with grpc.insecure_channel(given.address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        rpc = pool.FindServiceByName(service).FindMethodByName(method)
        request = json_format.Parse(given.data, GetMessageClass(rpc.input_type)())
        try:
            metadata = [_header(line) for line in given.headers]
            for answer in _answers(channel, rpc, request, metadata, given.seconds):
                sys.stdout.write(json_format.MessageToJson(answer) + "\n")
        except grpc.RpcError as refused:
            return _tell(refused)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="grpcurl", allow_abbrev=False)
    parser.add_argument("-plaintext", action="store_true", required=True)
    parser.add_argument("-max-time", dest="seconds", type=float, default=CALL_SECONDS)
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data", default="{}")
    parser.add_argument("address")
    parser.add_argument("method")
    return parser.parse_args(arguments)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _answers(
    channel: grpc.Channel,
    rpc: MethodDescriptor,
    request: Message,
    metadata: list[tuple[str, str]],
    seconds: float,
) -> Iterator[Message]:
    """The one message of a unary call, or those of a stream as they come."""
    kind: Any = channel.unary_stream if rpc.server_streaming else channel.unary_unary
    call = kind(
        f"/{rpc.containing_service.full_name}/{rpc.name}",
        request_serializer=type(request).SerializeToString,
        response_deserializer=GetMessageClass(rpc.output_type).FromString,
    )
    answer = call(request, metadata=metadata, timeout=seconds)
    if rpc.server_streaming:
        yield from answer
    else:
        yield answer


def _tell(refused: Any) -> int:
    code: grpc.StatusCode = refused.code()
    number, words = code.value
    name = "".join(word.capitalize() for word in words.split())
    lines = ["ERROR:", f"  Code: {name}", f"  Message: {refused.details()}"]
    status = rpc_status.from_call(refused)
    details = status.details if status else ()
    if details:
        lines.append("  Details:")
    for position, detail in enumerate(details, start=1):
        text = json_format.MessageToJson(
            detail, preserving_proto_field_name=True, descriptor_pool=_DETAILS
        )
        lines.append(f"  {position})\t" + text.replace("\n", "\n    \t"))
    sys.stderr.write("\n".join(lines) + "\n")
    return EXIT_OFFSET + int(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
