"""The answers of a route, by status."""

from collections.abc import Mapping
from http import HTTPStatus

from getme.v1.user_service_pb2 import GetMeResponse
from getme_gateway.caching import no_store
from getme_gateway.cookies import ACCESS, REFRESH
from getme_gateway.rpc_answer import (
    CREATING_RPCS,
    ETAG_FIELD,
    REFRESH_TOKEN,
    TOKEN,
    USER,
    RpcAnswer,
)
from getme_gateway.settings import GatewaySettings
from getme_gateway.signed_in_roles import gives_user
from getme_gateway.transcoding.annotations import RpcRoute
from getme_gateway.transcoding.json_names import JsonNames, key_of
from getme_gateway.write_endpoint import ENDING_RPCS
from scripts.openapi import headers
from scripts.openapi.contract import Json, Spelling
from scripts.openapi.problems import Meaning, Problems
from scripts.openapi.schemas import Schemas

MAX_AGE_SECONDS = float(GatewaySettings.model_fields["gateway_max_age"].default)

# Beside the body in the message, within it in camel mode.
_EXTRAS = ("roles",)
_ROLES = GetMeResponse.DESCRIPTOR.fields_by_name["roles"]
_WITH_ROLES = "With roles; not there where they cannot be read at that moment: then ask GetMe."
_GIVES = (
    f"With `cookie=true`, and where the refresh token came as a cookie: `{ACCESS.decode()}` and "
    f"`{REFRESH.decode()}`, `HttpOnly; Secure; SameSite=Strict`."
)
_TAKES = "Takes the tokens from a browser that asked by cookie."
_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}

_SAMPLE_ID = "7f3c9a1e5b2d48600000000000000001"
PROBLEM: Json = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). Programs decide by `reason`.",
    "required": ["type", "title", "status", "detail", "reason", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "The reason as a URN.",
            "examples": ["urn:getme:reason:TOKEN_EXPIRED"],
        },
        "title": {
            "type": "string",
            "description": "The same for every request with this reason.",
            "examples": ["The token has expired"],
        },
        "status": {"type": "integer", "description": "The HTTP status.", "examples": [401]},
        "detail": {"type": "string", "description": "What was wrong this time, for people."},
        "reason": {
            "type": "string",
            "description": "Never renamed; the same over gRPC (`ErrorInfo.reason`).",
            "examples": ["TOKEN_EXPIRED"],
        },
        "request_id": {
            "type": "string",
            "description": "Finds the request in the operator's logs.",
            "examples": [_SAMPLE_ID],
        },
        "errors": {
            "type": "object",
            "description": (
                "With INVALID_FIELD: what would be right, for each field that is not. Fields have "
                "the names of the protos, however members are spelt."
            ),
            "additionalProperties": {"type": "string"},
            "examples": [{"firstname": "must have 1 to 50 characters, besides spaces"}],
        },
    },
}


class Responses:
    """Makes the answers of one document."""

    def __init__(self, spelling: Spelling, schemas: Schemas) -> None:
        self._names = spelling.names
        self._schemas = schemas

    def of_rpc(self, route: RpcRoute) -> Json:
        """The answers of a route that are no refusals."""
        answer = RpcAnswer(route, names=self._names, max_age_seconds=MAX_AGE_SECONDS)
        head = headers.named(*(("ETag",) if answer.has_etag else ()))
        is_callers = ETAG_FIELD in route.rpc.output_type.fields_by_name
        head |= headers.caching_of(route, is_callers=is_callers, max_age_seconds=MAX_AGE_SECONDS)
        unchanged = {"304": {"description": "Nothing has changed since.", "headers": dict(head)}}
        if answer.has_tokens:
            head |= headers.set_cookie(_GIVES)
        if route.rpc.full_name in ENDING_RPCS:
            head |= headers.set_cookie(_TAKES)
        if not route.rpc.output_type.fields:
            return {"204": {"description": "It is done.", "headers": head}}
        status = "201" if route.rpc.full_name in CREATING_RPCS else "200"
        body = self._body(route, answer)
        done = {"description": "The answer.", "headers": head, "content": json_content(body)}
        is_conditional = route.http_method == "GET" and answer.has_etag
        return {status: done} | (unchanged if is_conditional else {})

    def _body(self, route: RpcRoute, answer: RpcAnswer) -> Json:
        response = route.rpc.output_type
        if route.response_field is not None:
            kind = route.response_field.message_type
            assert kind is not None  # noqa: S101  # narrows the type
            return self._with_extras(route, self._schemas.answer(kind))
        has_roles = self._names is JsonNames.CAMEL and gives_user(route)
        optional = (USER,) if has_roles else ()
        bodies = [self._schemas.answer(response, optional=optional)]
        if answer.has_tokens and not response.fields_by_name[TOKEN].has_presence:
            name = f"{response.name}WithCookies"
            tokens = (TOKEN, REFRESH_TOKEN)
            bodies.append(
                self._schemas.answer(response, without=tokens, optional=optional, name=name)
            )
        if has_roles:
            bodies = [self._with_roles(body) for body in bodies]
        return bodies[0] if len(bodies) == 1 else {"anyOf": bodies}

    def _with_roles(self, body: Json) -> Json:
        user: Json = {
            "type": "object",
            "description": _WITH_ROLES,
            "required": ["roles"],
            "properties": {"roles": self._schemas.member(_ROLES)},
        }
        return {"allOf": [body, {"type": "object", "properties": {USER: user}}]}

    def _with_extras(self, route: RpcRoute, body: Json) -> Json:
        fields = route.rpc.output_type.fields_by_name
        extras = [fields[name] for name in _EXTRAS if name in fields]
        if self._names is not JsonNames.CAMEL or not extras:
            return body
        members = {key_of(field, self._names): self._schemas.member(field) for field in extras}
        beside = {"type": "object", "required": list(members), "properties": members}
        return {"allOf": [body, beside]}


def refusals(problems: Problems) -> Json:
    """The answers that are refusals."""
    return {str(status): _refusal(status, reasons) for status, reasons in problems.items()}


def without_content(responses: Json) -> Json:
    """The same answers to HEAD (RFC 9110 section 9.3.2)."""
    return {
        status: {
            "description": "As to GET, without the content.",
            "headers": response["headers"],
        }
        for status, response in responses.items()
    }


def json_content(schema: Json) -> Json:
    """A body in JSON."""
    return {"application/json": {"schema": schema}}


def _refusal(status: int, reasons: Mapping[str, Meaning]) -> Json:
    of_this = {"status": {"const": status}, "reason": {"enum": list(reasons)}}
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "required": list(of_this), "properties": of_this},
        ]
    }
    first, meaning = next(iter(reasons.items()))
    example = {
        "type": f"urn:getme:reason:{first}",
        "title": meaning.title,
        "status": status,
        "detail": _text(meaning),
        "reason": first,
        "request_id": _SAMPLE_ID,
    }
    return {
        "description": "\n".join(
            f"- `{reason}`: {_text(each)}" for reason, each in reasons.items()
        ),
        "headers": headers.named(*_OF_STATUS.get(HTTPStatus(status), ()))
        | headers.kept(no_store()),
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    }


def _text(meaning: Meaning) -> str:
    return f"{meaning.title}: {meaning.note}." if meaning.note else f"{meaning.title}."
