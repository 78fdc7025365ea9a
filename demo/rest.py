"""Asks the gateway, as a browser would."""

import http.client
import json
from contextlib import closing

from demo.addresses import split

_TIMEOUT_SECONDS = 2.0


def is_ready(gateway: str) -> bool:
    """Whether the gateway answers, and the server behind it."""
    try:
        status, _ = _get(gateway, "/readyz", {})
    except (OSError, http.client.HTTPException):
        return False
    return status == http.HTTPStatus.OK


def answer_for(gateway: str, token: str) -> str:
    """What `GET /api/v1/users/me` answers, in a few words: `200`, or a status and its reason."""
    status, body = _get(gateway, "/api/v1/users/me", {"Authorization": f"Bearer {token}"})
    reason = json.loads(body).get("reason", "")
    return f"{status} {reason}".rstrip()


def _get(gateway: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    host, port = split(gateway)
    with closing(http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
