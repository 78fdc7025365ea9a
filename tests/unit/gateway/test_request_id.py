"""A request keeps its caller's ID where that is harmless."""

from collections.abc import Callable

import pytest

from getme_gateway.http_messages import Request
from getme_gateway.request_id import request_id_of

MakeRequest = Callable[..., Request]


@pytest.mark.parametrize("value", [b"abc", b"A.b_c-1", b"a" * 64])
def test_a_harmless_request_id_is_taken(request_with: MakeRequest, value: bytes) -> None:
    assert request_id_of(request_with(headers=[(b"x-request-id", value)])) == value.decode()


@pytest.mark.parametrize(
    "values",
    [[], [b""], [b"a b"], [b"a" * 65], [b"a\n"], [b"\xe9"], [b'a"'], [b"a", b"b"]],
    ids=["none", "empty", "space", "long", "line end", "Latin-1", "quote", "two"],
)
def test_any_other_request_id_is_replaced(request_with: MakeRequest, values: list[bytes]) -> None:
    request = request_with(headers=[(b"x-request-id", value) for value in values])
    made = request_id_of(request)
    assert len(made) == 32
    assert made != request_id_of(request)
