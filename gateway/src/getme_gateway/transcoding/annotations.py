"""The REST routes that the protos' `google.api.http` annotations state.

Reads descriptors only; a new RPC with an annotation is a new route without code here. What the
gateway could not serve is refused at start, not at the first request.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import FieldDescriptor, FileDescriptor, MethodDescriptor

from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.path_templates import PathTemplate, parse_template

WHOLE_MESSAGE = "*"


@dataclass(frozen=True, slots=True)
class RpcRoute:
    """One HTTP method and path of an RPC.

    body: the request field that the body fills, `*` for all, empty for no body.
    response_field: the field that is the answer's body, None for the whole response.
    """

    http_method: str
    template: PathTemplate
    rpc: MethodDescriptor
    body: str
    response_field: FieldDescriptor | None


def rpc_routes(files: Iterable[FileDescriptor]) -> list[RpcRoute]:
    """The routes of all services in files. Raises ContractError."""
    return [
        _route(rpc, rule)
        for file in files
        for service in file.services_by_name.values()
        for rpc in service.methods
        for rule in _rules(rpc)
    ]


def _rules(rpc: MethodDescriptor) -> Iterator[http_pb2.HttpRule]:
    options = rpc.GetOptions()
    if options.HasExtension(annotations_pb2.http):
        rule = options.Extensions[annotations_pb2.http]
        yield rule
        yield from rule.additional_bindings


def _route(rpc: MethodDescriptor, rule: http_pb2.HttpRule) -> RpcRoute:
    kind = rule.WhichOneof("pattern")
    if kind is None or kind == "custom":
        raise ContractError(f"{rpc.full_name}: its google.api.http names none of our methods")
    if rpc.client_streaming or rpc.server_streaming:
        raise ContractError(f"{rpc.full_name}: a stream cannot be served over REST")
    try:
        template = parse_template(getattr(rule, kind))
    except ContractError as fault:
        raise ContractError(f"{rpc.full_name}: {fault}") from None
    for name in {*template.fields, rule.body} - {"", WHOLE_MESSAGE}:
        _field(rpc, name, of_response=False)
    return RpcRoute(
        http_method=kind.upper(),
        template=template,
        rpc=rpc,
        body=rule.body,
        response_field=_field(rpc, rule.response_body, of_response=True)
        if rule.response_body
        else None,
    )


def _field(rpc: MethodDescriptor, name: str, *, of_response: bool) -> FieldDescriptor:
    message = rpc.output_type if of_response else rpc.input_type
    if name not in message.fields_by_name:
        raise ContractError(f"{rpc.full_name}: {message.full_name} has no field {name!r}")
    return message.fields_by_name[name]
