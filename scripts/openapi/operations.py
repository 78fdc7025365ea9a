"""The routes of the contract as operations."""

from typing import Any

from getme_gateway.rpc_answer import REFRESH_TOKEN, RpcAnswer
from getme_gateway.rpc_call import EXPECTED_ETAG, NOT_FROM_CONTENT
from getme_gateway.transcoding.annotations import WHOLE_MESSAGE, RpcRoute
from getme_server.interceptors.authentication import OTHERWISE_PROVEN_METHODS
from scripts.openapi import headers, problems, responses
from scripts.openapi.contract import Json, Spelling
from scripts.openapi.field_rules import is_required
from scripts.openapi.refusals import split_refusals
from scripts.openapi.responses import MAX_AGE_SECONDS, Responses
from scripts.openapi.schemas import Schemas

BEARER = "bearer"
COOKIE = "cookie"
REFRESH_COOKIE = "refreshCookie"

# What the security of an operation says already.
_NEEDLESS = (
    "Needs `authorization: Bearer <token>` in the metadata.",
    "Needs `authorization: Bearer <token>` of a moderator in the metadata.",
    "Needs `authorization: Bearer <token>`.",
    "It needs no token.",
)


class Operations:
    """Makes the operations of one document."""

    def __init__(self, spelling: Spelling, schemas: Schemas) -> None:
        self._contract = spelling.contract
        self._names = spelling.names
        self._schemas = schemas
        self._responses = Responses(spelling, schemas)

    def of_rpc(self, route: RpcRoute) -> Json:
        """The operation of one route."""
        rpc = route.rpc
        comment, _ = split_refusals(self._contract.comments[rpc.full_name])
        summary, description = _headline(rpc.name, comment)
        answered = self._responses.of_rpc(route)
        refused = responses.refusals(problems.of_rpc(route, self._contract.comments))
        operation: Json = {
            "operationId": rpc.name[0].lower() + rpc.name[1:],
            "tags": [tag_of(route)],
            "summary": summary,
            "description": description,
            "security": _security(route),
            "parameters": self._parameters(route),
            "requestBody": self._request_body(route),
            "responses": dict(sorted((answered | refused).items())),
        }
        return {key: value for key, value in operation.items() if value or key == "security"}

    def _parameters(self, route: RpcRoute) -> list[Json]:
        fields = route.rpc.input_type.fields_by_name
        found = [self._parameter(fields[name], "path") for name in route.template.fields]
        if route.body != WHOLE_MESSAGE:
            taken = {*route.template.fields, *NOT_FROM_CONTENT, route.body}
            found += [self._parameter(f, "query") for f in fields.values() if f.name not in taken]
        answer = RpcAnswer(route, names=self._names, max_age_seconds=MAX_AGE_SECONDS)
        if answer.has_tokens:
            found.append(headers.AS_COOKIES)
        if route.http_method == "GET" and answer.has_etag:
            found.append(headers.IF_NONE_MATCH)
        if EXPECTED_ETAG in fields:
            found.append(headers.IF_MATCH)
        return found

    def _parameter(self, field: Any, place: str) -> Json:
        in_path = place == "path"
        parameter: Json = {
            # In the path the template names it; only in the query can it be spelt in two ways.
            "name": field.name if in_path else self._schemas.request_key(field),
            "in": place,
            "description": self._contract.comments.get(field.full_name, ""),
            "required": in_path or is_required(field, self._contract.rules),
            "schema": self._schemas.parameter_schema(field),
        }
        if field.is_repeated:
            parameter |= {"style": "form", "explode": False}
        return parameter

    def _request_body(self, route: RpcRoute) -> Json:
        if not route.body:
            return {}
        reference = self._schemas.request(route)
        schema = self._schemas.components[route.rpc.input_type.name]
        return {
            "required": bool(schema["required"] or "oneOf" in schema),
            "content": responses.json_content(reference),
        }


def tag_of(route: RpcRoute) -> str:
    """The group in which a route is shown: its service."""
    service: str = route.rpc.containing_service.name
    return service.removesuffix("Service")


def _security(route: RpcRoute) -> list[Json]:
    """Any one of these; an empty one: none is needed."""
    by_refresh_token = REFRESH_TOKEN in route.rpc.input_type.fields_by_name
    refreshing: list[Json] = [{REFRESH_COOKIE: []}, {}] if by_refresh_token else []
    if problems.is_open(route):
        return refreshing
    if problems.method_name(route) in OTHERWISE_PROVEN_METHODS:
        return [{BEARER: []}, {COOKIE: []}, *refreshing]
    return [{BEARER: []}, {COOKIE: []}]


def _headline(name: str, comment: str) -> tuple[str, str]:
    """The first sentence of an RPC's comment without its name and full stop, and the rest."""
    first, _, rest = comment.partition(". ")
    if "\n" in first:  # the first paragraph is one sentence
        first, _, rest = comment.partition("\n\n")
    first = first.removeprefix(f"{name} ").removesuffix(".")
    for sentence in _NEEDLESS:
        rest = rest.replace(sentence, "")
    return first[:1].upper() + first[1:], rest.strip()
