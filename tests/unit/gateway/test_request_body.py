"""Bodies are read whole, within limits, and only where they are JSON."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from getme_gateway.http_messages import Request
from getme_gateway.refusals import (
    BodyTimeout,
    BodyTooLarge,
    InvalidField,
    Refused,
    UnsupportedMediaType,
)
from getme_gateway.request_body import announces_body, read_body, require_json

MakeRequest = Callable[..., Request]


@pytest.mark.parametrize(
    ("headers", "announced"),
    [
        ([], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"1")], True),
        ([(b"transfer-encoding", b"chunked")], True),
    ],
    ids=["nothing", "length 0", "length 1", "chunked"],
)
def test_a_body_is_announced_by_its_headers(
    request_with: MakeRequest, headers: list[tuple[bytes, bytes]], *, announced: bool
) -> None:
    assert announces_body(request_with(headers=headers)) == announced


def test_a_body_in_parts_is_read_whole(request_with: MakeRequest) -> None:
    assert asyncio.run(read_body(request_with(b"a", b"", b"bc"))) == b"abc"


@pytest.mark.parametrize(
    ("parts", "length", "broken", "refusal"),
    [
        pytest.param([b"x"], b"65537", False, BodyTooLarge, id="length too large"),
        pytest.param([b"x"], b"9" * 5000, False, BodyTooLarge, id="length absurd"),
        pytest.param([b"x"], b"-1", False, BodyTooLarge, id="length negative"),
        pytest.param([b"x" * 65_536, b"x"], None, False, BodyTooLarge, id="one byte too many"),
        pytest.param([b"x"], None, True, InvalidField, id="cut off"),
    ],
)
def test_a_body_beyond_limits_or_cut_off_is_refused(
    request_with: MakeRequest,
    parts: list[bytes],
    length: bytes | None,
    refusal: type[Refused],
    *,
    broken: bool,
) -> None:
    headers = [(b"content-length", length)] if length else []
    with pytest.raises(refusal):
        asyncio.run(read_body(request_with(*parts, broken=broken, headers=headers)))


def test_a_body_of_just_the_limit_is_read(request_with: MakeRequest) -> None:
    assert len(asyncio.run(read_body(request_with(b"x" * 65_536)))) == 65_536


def test_a_body_that_does_not_come_is_given_up(request_with: MakeRequest) -> None:
    request = request_with()
    request.receive = _never
    with pytest.raises(BodyTimeout):
        asyncio.run(read_body(request, timeout_seconds=0.001))


@pytest.mark.parametrize(
    "kind",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json; charset=utf-8",
        b'application/json;charset="UTF-8"',
    ],
)
def test_json_in_utf8_is_taken(request_with: MakeRequest, kind: bytes) -> None:
    require_json(request_with(headers=[(b"content-type", kind)]))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no type"),
        pytest.param([(b"content-type", b"text/plain")], id="text"),
        pytest.param([(b"content-type", b"application/x-www-form-urlencoded")], id="form"),
        pytest.param([(b"content-type", b"multipart/form-data; boundary=a")], id="multipart"),
        pytest.param([(b"content-type", b"application/json; charset=utf-16")], id="UTF-16"),
        pytest.param([(b"content-type", b"application/json; x=y")], id="parameter"),
        pytest.param([(b"content-type", b"application/json")] * 2, id="two types"),
        pytest.param(
            [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")], id="gzip"
        ),
    ],
)
def test_any_other_media_type_is_refused(
    request_with: MakeRequest, headers: list[tuple[bytes, bytes]]
) -> None:
    with pytest.raises(UnsupportedMediaType):
        require_json(request_with(headers=headers))


async def _never() -> dict[str, Any]:
    await asyncio.get_running_loop().create_future()
    raise AssertionError
