"""Headers of requests and answers, as OpenAPI has them."""

from getme.program.request_ids import REQUEST_ID_KEY
from getme_gateway import caching, cookies
from getme_gateway.http_messages import Headers
from getme_gateway.transcoding.annotations import RpcRoute
from scripts.openapi.contract import Json

IF_MATCH = {"$ref": "#/components/parameters/If-Match"}
IF_NONE_MATCH = {"$ref": "#/components/parameters/If-None-Match"}
REQUEST_ID = {"$ref": f"#/components/parameters/{REQUEST_ID_KEY}"}
AS_COOKIES = {"$ref": "#/components/parameters/cookie"}

_SAMPLE_ETAG = '"5f3a0c7de1b24896a0c4d2e7"'
_TEXT: Json = {"type": "string"}

PARAMETERS: Json = {
    REQUEST_ID_KEY: {
        "name": REQUEST_ID_KEY,
        "in": "header",
        "description": (
            "Under this ID the request is found in all logs: 1 to 64 of `A-Z a-z 0-9 . _ -`. "
            "Where it is absent or anything else, the gateway makes one."
        ),
        "schema": _TEXT,
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": (
            "The `ETag` of the version that is to be changed, or `*` for any; if it is not that "
            "version any more, the answer is ETAG_MISMATCH (RFC 9110 section 13.1.1)."
        ),
        "schema": {
            "type": "string",
            "anyOf": [{"const": "*"}, {"pattern": r'^(W/)?"[!#-~]*"$'}],
            "examples": ["*"],
        },
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": (
            "The `ETag` of an answer that the caller still holds; if nothing has changed, the "
            "answer is 304 (RFC 9110 section 13.1.2)."
        ),
        "schema": {"type": "string", "examples": [_SAMPLE_ETAG]},
    },
    "cookie": {
        "name": cookies.PARAMETER,
        "in": "query",
        "description": (
            "`true`: the tokens are set as cookies and are not in the body. Only for pages of the "
            "gateway's own origin."
        ),
        "schema": {"type": "boolean", "default": False},
    },
}
HEADERS: Json = {
    REQUEST_ID_KEY: {
        "description": "Under this ID the request is found in all logs.",
        "schema": {"type": "string", "examples": ["7f3c9a1e5b2d48600000000000000001"]},
    },
    "ETag": {
        "description": "Names this version, for If-None-Match and If-Match (RFC 9110 section 8.8).",
        "schema": {"type": "string", "examples": [_SAMPLE_ETAG]},
    },
    "Retry-After": {
        "description": "After how many seconds to ask again.",
        "schema": {"type": "integer", "minimum": 1, "examples": [1]},
    },
    "WWW-Authenticate": {
        "description": '`error="invalid_token"` where a token was given (RFC 6750 section 3).',
        "schema": {"type": "string", "examples": ['Bearer realm="getme", error="invalid_token"']},
    },
    "Allow": {
        "description": "The methods that the path has.",
        "schema": {"type": "string", "examples": ["GET, HEAD"]},
    },
}


def named(*names: str) -> Json:
    """References to the headers of an answer; every answer has the request ID."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (REQUEST_ID_KEY, *names)}


def kept(headers: Headers) -> Json:
    """The headers of `caching` that say who may keep an answer, spelt out."""
    return {
        name.decode().title(): {"schema": {"type": "string", "examples": [value.decode()]}}
        for name, value in headers
    }


def caching_of(route: RpcRoute, *, is_callers: bool, max_age_seconds: float) -> Json:
    """Who may keep the answers of a route."""
    return kept(caching.headers_for(route, is_callers=is_callers, max_age_seconds=max_age_seconds))


def set_cookie(description: str) -> Json:
    """Cookies that an answer may set or take away."""
    return {"Set-Cookie": {"description": description, "schema": _TEXT}}
