"""What the gateway answers without the contract: for orchestrators, and this document."""

from getme_gateway import caching
from getme_gateway.health import ALIVE, READY
from getme_gateway.openapi.document import CACHE_CONTROL
from getme_gateway.openapi.document import PATH as DOCUMENT
from scripts.openapi import headers, problems, responses
from scripts.openapi.contract import Json

TAG = "Gateway"
_STATUS: Json = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "const": "ok"}},
}


def own_paths() -> Json:
    """Path -> its operations."""
    return {
        ALIVE.text: _get("alive", "Whether the gateway runs", _health()),
        READY.text: _get(
            "ready",
            "Whether the server behind the gateway serves",
            _health() | responses.refusals(problems.not_ready()),
        ),
        DOCUMENT.text: _get("openapi", "This document", _document(), headers.IF_NONE_MATCH),
    }


def _get(operation_id: str, summary: str, answers: Json, *parameters: Json) -> Json:
    refused = responses.refusals(problems.of_every_request())
    operation: Json = {
        "operationId": operation_id,
        "tags": [TAG],
        "summary": summary,
        "security": [],
        "responses": dict(sorted((answers | refused).items())),
    }
    if parameters:
        operation["parameters"] = list(parameters)
    return {"get": operation}


def _health() -> Json:
    head = headers.named() | headers.kept(caching.no_store())
    content = responses.json_content(_STATUS)
    return {"200": {"description": "Yes.", "headers": head, "content": content}}


def _document() -> Json:
    cache_control = (b"cache-control", CACHE_CONTROL.encode())
    head = headers.named("ETag") | headers.kept((cache_control,))
    content = responses.json_content({"type": "object"})
    return {
        "200": {"description": "OpenAPI 3.1.", "headers": head, "content": content},
        "304": {"description": "Nothing has changed since.", "headers": head},
    }
