"""HTTP requests as protobuf messages: a decoder per route, compiled once at start.

Which part of a request fills which field follows google/api/http.proto: the path its variables,
the body what the annotation says, the query the rest. Refusals name fields as the protos do.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from google.protobuf.message_factory import GetMessageClass

from getme_gateway.refusals import InvalidField
from getme_gateway.transcoding.annotations import WHOLE_MESSAGE, RpcRoute
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.json_body import read_json_object
from getme_gateway.transcoding.json_decoding import JsonDecoder
from getme_gateway.transcoding.parameters import Parameter, Query


class RequestDecoder:
    """Makes the requests of one route. Raises ContractError.

    without: names of fields that neither body nor query may set. defaults: values of fields that
    the request does not name. reads_body: whether a body means anything to this route.
    """

    def __init__(
        self,
        route: RpcRoute,
        *,
        without: Iterable[str] = (),
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        message = route.rpc.input_type
        fields = message.fields_by_name
        taken = {*route.template.fields, *without}
        self._make = partial(GetMessageClass(message), **(defaults or {}))
        self._path = [Parameter(fields[name]) for name in route.template.fields]
        self._query: Query | None = None
        self._body: JsonDecoder | None = None
        self._body_field = "" if route.body == WHOLE_MESSAGE else route.body
        if self._body_field:
            field = fields[route.body]
            if field.message_type is None or field.is_repeated:
                raise ContractError(f"{route.rpc.full_name}: body {route.body!r} is not a message")
            self._body = JsonDecoder(field.message_type)
        if route.body == WHOLE_MESSAGE:
            self._body = JsonDecoder(message, without=taken)
        else:
            self._query = Query(f for f in message.fields if f.name not in {*taken, route.body})
        self.reads_body = self._body is not None

    def decode(self, path_values: list[bytes], query: bytes, body: bytes) -> Any:
        """The request message. Raises InvalidField with a message for each wrong field."""
        message = self._make()
        errors: dict[str, str] = {}
        for parameter, value in zip(self._path, path_values, strict=True):
            try:
                parameter.fill(message, [value.decode()], errors)
            except UnicodeDecodeError:
                errors[parameter.name] = "must be percent-encoded UTF-8"
        if query and self._query:
            self._query.fill(message, query, errors)
        if body and self._body:
            target = getattr(message, self._body_field) if self._body_field else message
            target.SetInParent()
            self._body.fill(target, read_json_object(body), errors)
        if errors:
            raise InvalidField(errors)
        return message
