"""What is answered from memory at once, and what must be looked at more closely first."""

from collections.abc import Callable
from typing import Any

import pytest

from getme.remembered import Remembered
from getme.v1.user_service_pb2 import GetMeResponse
from getme_gateway.http_messages import Response
from getme_gateway.rpc_answer import VersionedAnswer
from getme_gateway.shortcut import Shortcut

TOKEN = (b"authorization", b"Bearer abc")
READY = VersionedAnswer("v1", Response(200), Response(304))


def recall(token: str) -> Remembered | None:
    assert token == "abc"
    remembered = Remembered(GetMeResponse(etag="v1"))
    remembered.extra = READY
    return remembered


@pytest.mark.parametrize(
    ("headers", "is_ready"),
    [
        pytest.param([TOKEN], True, id="the commonest request"),
        pytest.param([TOKEN, (b"accept", b"*/*")], True, id="a header without meaning"),
        pytest.param([TOKEN, (b"origin", b"https://a.test")], False, id="a page of some origin"),
        pytest.param([TOKEN, (b"cookie", b"a=b")], False, id="a cookie"),
        pytest.param([TOKEN, TOKEN], False, id="two tokens"),
        pytest.param([], False, id="no token"),
    ],
)
def test_only_what_nothing_else_can_change_is_ready(
    scope: Callable[..., dict[str, Any]], headers: list[tuple[bytes, bytes]], *, is_ready: bool
) -> None:
    ready = Shortcut("/api/v1/users/me", recall).ready(scope(headers=headers))
    assert (ready is READY) == is_ready
