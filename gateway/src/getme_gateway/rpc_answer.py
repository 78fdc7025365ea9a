"""An RPC's response as an HTTP answer: its JSON, its etag and who may keep it.

Decided once at start from the response's descriptor: a field `etag` makes the answer conditional,
and so does `caching` where it has the body's own bytes name its version; the field that the
annotation names as body is the body. Tokens may go another way than in the body.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from google.protobuf.message import Message as ProtoMessage
from starlette.types import Message

from getme_gateway import caching
from getme_gateway.http_messages import Headers, Response
from getme_gateway.transcoding.annotations import RpcRoute
from getme_gateway.transcoding.json_encoding import field_encoder, message_encoder
from getme_gateway.transcoding.json_names import JsonNames, key_of

ETAG_FIELD = "etag"
TOKEN = "token"
USER = "user"
REFRESH_TOKEN = "refresh_token"
# They make something that was not there (RFC 9110 section 15.3.2).
CREATING_RPCS = frozenset({"getme.v1.AuthService.Register"})
# For keys too, as Keycloak, Ory and Zitadel send them. Verifiers exist that refuse
# application/jwk-set+json (RFC 7517 section 8.5.1), such as KrakenD before 2.5 (krakend-ce#766).
_JSON = (b"content-type", b"application/json")
# Fields beside the body that KillrVideo's own backend answers within it.
_CAMEL_EXTRAS = frozenset({"roles"})


@dataclass(slots=True)
class VersionedAnswer:
    """What is answered for one version of something. unchanged: to who holds it already.

    sent: what of the full answer is the same each time, as the application sends it: all headers
    but the request ID, and the body's message. Empty before the first time.
    """

    etag: str
    full: Response
    unchanged: Response
    sent: tuple[Headers, Message] | None = None

    def to(self, held: caching.Candidates | None) -> Response:
        """The answer to who holds these versions, if any."""
        return self.unchanged if held is not None and held.match(self.etag) else self.full


class RpcAnswer:
    """Makes the answers of one route. has_etag: whether the answer names its version."""

    def __init__(self, route: RpcRoute, *, names: JsonNames, max_age_seconds: float) -> None:
        response = route.rpc.output_type
        body = route.response_field
        self._server_has_etag = ETAG_FIELD in response.fields_by_name
        self._body_is_version = route.rpc.full_name in caching.PUBLIC_RPCS
        self.has_etag = self._server_has_etag or self._body_is_version
        self._names_user = USER in response.fields_by_name
        self._is_empty = not response.fields
        self._status = 201 if route.rpc.full_name in CREATING_RPCS else 200
        self._token_keys = {
            key_of(field, names)
            for field in response.fields
            if field.name in {TOKEN, REFRESH_TOKEN}
        }
        self._body_name = body.name if body is not None and body.has_presence else ""
        self._read = field_encoder(body, names) if body else message_encoder(response, names)
        self._extras: list[tuple[str, Callable[[ProtoMessage], Any]]] = []
        if body is not None and names is JsonNames.CAMEL:
            self._extras = [
                (key_of(field, names), field_encoder(field, names))
                for field in response.fields
                if field.name in _CAMEL_EXTRAS
            ]
        self._caching = caching.headers_for(
            route, is_callers=self._server_has_etag, max_age_seconds=max_age_seconds
        )
        self._headers: Headers = (_JSON, *self._caching)

    @property
    def server_can_compare(self) -> bool:
        """Whether the server's etag names all of the body, so that it may leave the body out."""
        return self._server_has_etag and not self._extras

    @property
    def has_tokens(self) -> bool:
        """Whether the answer gives, or may give, an access token and a refresh token."""
        return len(self._token_keys) > 1

    def versioned(self, response: Any) -> VersionedAnswer:
        """The answers to whoever holds another version, and to whoever holds this one.

        response: with an etag and all of its body.
        """
        extras = {key: read(response) for key, read in self._extras}
        # They are in the body, so the version must change with them.
        etag = ";".join([response.etag, *("+".join(values) for values in extras.values())])
        header = caching.etag_header(etag)
        body = self._read(response)
        # Copied, because it may be kept: orjson leaves 4 kB with what it gives.
        content = bytes(memoryview(orjson.dumps({**body, **extras} if extras else body)))
        whose = response.user.user_id if self._names_user else ""
        return VersionedAnswer(
            etag,
            Response(200, (*self._headers, header), content, user_id=whose),
            Response(304, (*self._caching, header), user_id=whose),
        )

    def answer(
        self,
        response: Any,
        held: caching.Candidates | None = None,
        *,
        of_user: Mapping[str, Any] = {},  # never changed
    ) -> Response:
        """The HTTP answer. held: the versions that the caller named, if any.

        of_user: members that `user` has besides its own.
        """
        if self._server_has_etag and response.etag:
            return self._conditional(response, held)
        if self._is_empty:
            return Response(204, self._caching)
        body = orjson.dumps(self._members(response, of_user))
        if self._body_is_version:
            return self._versioned(body, held)
        return Response(self._status, self._headers, body)

    def without_tokens(
        self,
        response: Any,
        *,
        of_user: Mapping[str, Any] = {},  # never changed
    ) -> Response:
        """The same answer without the tokens themselves, where they are told by other means."""
        members = self._members(response, of_user).items()
        body = {key: value for key, value in members if key not in self._token_keys}
        return Response(self._status, self._headers, orjson.dumps(body))

    def _members(self, response: Any, of_user: Mapping[str, Any]) -> Any:
        members = self._read(response)
        return members | {USER: members[USER] | of_user} if of_user else members

    def _versioned(self, body: bytes, held: caching.Candidates | None) -> Response:
        etag = caching.etag_of_body(body)
        header = caching.etag_header(etag)
        if held is not None and held.match(etag):
            return Response(304, (*self._caching, header))
        return Response(200, (*self._headers, header), body)

    def _conditional(self, response: Any, held: caching.Candidates | None) -> Response:
        if self._body_name and not response.HasField(self._body_name):
            return Response(304, (*self._caching, caching.etag_header(response.etag)))
        return self.versioned(response).to(held)
