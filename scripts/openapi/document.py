"""The whole document of one spelling of names."""

import json
from importlib.metadata import version

from getme_gateway.cookies import ACCESS, REFRESH
from getme_gateway.transcoding.json_names import JsonNames
from scripts.openapi import headers, own_routes, responses
from scripts.openapi.contract import Contract, Json, Spelling
from scripts.openapi.operations import BEARER, COOKIE, REFRESH_COOKIE, Operations, tag_of
from scripts.openapi.responses import PROBLEM
from scripts.openapi.schemas import Schemas
from scripts.openapi.sharing import share_responses

_DESCRIPTION = """Who is calling, and may they? getme answers over gRPC and, here, over REST.

**Errors** are `application/problem+json` (RFC 9457); programs decide by `reason`, which is never
renamed. What is at no path of this page is answered 404 (ROUTE_NOT_FOUND), a path with another
method 405 with `Allow`, and `OPTIONS` tells the methods of a path. Where the server keeps no
accounts (`GETME_ACCOUNTS=off`), what it does not serve is answered 501.

**Who is calling** is told by one bearer token, or by the cookie that a sign-in with
`?cookie=true` sets. A change by cookie must come from a page of the gateway's own origin, or of
one that it lists; the others are refused as ORIGIN_REFUSED.

**Names**: members of answers are spelt {spelling}
(`GETME_GATEWAY_JSON_NAMES={names}`). Requests may use either spelling, `firstname`
or `firstName`, but not both at once; members and parameters that are not named here are ignored,
and `null` is absence.

**HEAD** is answered wherever GET is, with the same headers and no content.

**Limits**: 64 KiB for a body, 32 KiB for all headers, 8 KiB for a target."""
_SPELLINGS = {
    JsonNames.COLUMNS: "as the columns of KillrVideo's tables",
    JsonNames.CAMEL: "in camelCase, as KillrVideo's backend does",
}
_SECURITY_SCHEMES: Json = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token, from a sign-in or from another service (RFC 6750).",
    },
    COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": ACCESS.decode(),
        "description": "The access token of a browser that signed in with `?cookie=true`.",
    },
    REFRESH_COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": REFRESH.decode(),
        "description": "The refresh token of such a browser, sent to two paths only.",
    },
}


def document_text(contract: Contract, names: JsonNames) -> str:
    """The document, the same for the same contract."""
    return json.dumps(_document(contract, names), ensure_ascii=False, indent=2) + "\n"


def _document(contract: Contract, names: JsonNames) -> Json:
    spelling = Spelling(contract, names)
    schemas = Schemas(spelling)
    operations = Operations(spelling, schemas)
    paths: Json = {}
    for route in contract.routes:
        place = paths.setdefault(route.template.text, {"parameters": [headers.REQUEST_ID]})
        place[route.http_method.lower()] = operations.of_rpc(route)
    for path, place in own_routes.own_paths().items():
        paths[path] = {"parameters": [headers.REQUEST_ID]} | place
    for place in paths.values():
        _answer_head(place)
    shared = share_responses(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "getme",
            "version": version("getme-gateway"),
            "summary": "The current-user service of a platform.",
            "description": _DESCRIPTION.format(spelling=_SPELLINGS[names], names=names),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": _tags(contract),
        "paths": paths,
        "components": {
            "schemas": dict(sorted((schemas.components | {"Problem": PROBLEM}).items())),
            "responses": dict(sorted(shared.items())),
            "parameters": headers.PARAMETERS,
            "headers": headers.HEADERS,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _answer_head(place: Json) -> None:
    """What answers to GET answers to HEAD (`route_table`)."""
    if "get" not in place:
        return
    of_get = place["get"]
    operation_id = of_get["operationId"]
    place["head"] = of_get | {
        "operationId": f"head{operation_id[0].upper()}{operation_id[1:]}",
        "summary": f"{of_get['summary']}: the headers alone",
        "responses": responses.without_content(of_get["responses"]),
    }
    place["head"].pop("description", None)


def _tags(contract: Contract) -> list[Json]:
    services = {tag_of(route): route.rpc.containing_service.full_name for route in contract.routes}
    ours = {"name": own_routes.TAG, "description": "The gateway itself."}
    return [
        *({"name": tag, "description": _about(contract, name)} for tag, name in services.items()),
        ours,
    ]


def _about(contract: Contract, service: str) -> str:
    """The first sentence of a service's comment, without its name."""
    first = contract.comments[service].partition(".")[0]
    words = first.removeprefix(f"{service.rpartition('.')[2]} ").removeprefix("is ")
    return f"{words[:1].upper()}{words[1:]}."
