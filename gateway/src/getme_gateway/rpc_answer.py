"""An RPC's response as an HTTP answer: its JSON, its etag and who may keep it.

Decided once at start from the response's descriptor: a field `etag` makes the answer conditional;
the field that the annotation names as body is the body.
"""

from collections.abc import Callable
from typing import Any

import orjson
from google.protobuf.message import Message

from getme_gateway import caching
from getme_gateway.http_messages import Headers, Response
from getme_gateway.transcoding.annotations import RpcRoute
from getme_gateway.transcoding.json_encoding import field_encoder, message_encoder
from getme_gateway.transcoding.json_names import JsonNames, key_of

ETAG_FIELD = "etag"
_JSON = (b"content-type", b"application/json")
# Fields beside the body that KillrVideo's own backend answers within it.
_CAMEL_EXTRAS = frozenset({"roles"})


class RpcAnswer:
    """Makes the answers of one route. has_etag: whether the answer names its version."""

    def __init__(self, route: RpcRoute, *, names: JsonNames, max_age_seconds: float) -> None:
        response = route.rpc.output_type
        body = route.response_field
        self.has_etag = ETAG_FIELD in response.fields_by_name
        self._is_empty = not response.fields
        self._body_name = body.name if body is not None and body.has_presence else ""
        self._read = field_encoder(body, names) if body else message_encoder(response, names)
        self._extras: list[tuple[str, Callable[[Message], Any]]] = []
        if body is not None and names is JsonNames.CAMEL:
            self._extras = [
                (key_of(field, names), field_encoder(field, names))
                for field in response.fields
                if field.name in _CAMEL_EXTRAS
            ]
        self._caching = caching.headers_for(
            route, has_etag=self.has_etag, max_age_seconds=max_age_seconds
        )
        self._headers: Headers = (_JSON, *self._caching)

    @property
    def server_can_compare(self) -> bool:
        """Whether the server's etag names all of the body, so that it may leave the body out."""
        return self.has_etag and not self._extras

    def answer(self, response: Any, held: caching.Candidates | None) -> Response:
        """The HTTP answer. held: the versions that the caller named, if any."""
        if self.has_etag and response.etag:
            return self._conditional(response, held)
        if self._is_empty:
            return Response(204, self._caching)
        return Response(200, self._headers, orjson.dumps(self._read(response)))

    def _conditional(self, response: Any, held: caching.Candidates | None) -> Response:
        extras = {key: read(response) for key, read in self._extras}
        # They are in the body, so the version must change with them.
        etag = ";".join([response.etag, *("+".join(values) for values in extras.values())])
        header = caching.etag_header(etag)
        unchanged = self._body_name and not response.HasField(self._body_name)
        if unchanged or (held is not None and held.match(etag)):
            return Response(304, (*self._caching, header))
        body = self._read(response)
        return Response(
            200, (*self._headers, header), orjson.dumps({**body, **extras} if extras else body)
        )
