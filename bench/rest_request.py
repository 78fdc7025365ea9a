"""One GetMe over REST, as wrk sends thousands of them."""

import json
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, NamedTuple

PATH = "/api/v1/users/me"
_TIMEOUT_SECONDS = 10


class RestAnswer(NamedTuple):
    """headers: names in lower case, in the order in which they came."""

    headers: list[tuple[str, str]]
    content: dict[str, Any]


def get_me(port: int, token: str) -> RestAnswer:
    """The answer to a token. Raises OSError, HTTPException, RuntimeError for another status."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", PATH, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        content = response.read()
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"port {port} answers {response.status}: {content!r}")
        headers = [(name.lower(), value) for name, value in response.getheaders()]
        return RestAnswer(headers, json.loads(content))
    finally:
        connection.close()
