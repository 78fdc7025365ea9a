"""Credentials, request IDs, bodies and disconnects: what is taken from a request, and what not."""

import asyncio
from collections.abc import Callable
from typing import Any, Never

import pytest

from getme_gateway.credentials import authorization_metadata
from getme_gateway.disconnect import Disconnected, while_connected
from getme_gateway.messages import Request
from getme_gateway.refusals import (
    BodyTimeout,
    BodyTooLarge,
    InvalidField,
    Refused,
    TokenInvalid,
    UnsupportedMediaType,
)
from getme_gateway.request_body import announces_body, read_body, require_json
from getme_gateway.request_id import request_id_of

MakeRequest = Callable[..., Request]


@pytest.mark.parametrize(
    "value", [b"Bearer abc", b"bearer  abc ", b"", b"~ !", b"Bearer " + b"a" * 20_000]
)
def test_one_credential_is_passed_on_byte_for_byte(request_with: MakeRequest, value: bytes) -> None:
    request = request_with(headers=[(b"authorization", value)])
    assert authorization_metadata(request) == (("authorization", value.decode()),)


def test_no_credential_is_passed_on_as_none(request_with: MakeRequest) -> None:
    assert authorization_metadata(request_with()) == ()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([b"Bearer a", b"Bearer a"], id="two, the same"),
        pytest.param([b"Bearer a", b""], id="two, one empty"),
        pytest.param([b"Bearer \xe9"], id="Latin-1"),
        pytest.param(["Bearer é".encode()], id="UTF-8"),
        pytest.param([b"Bearer\ta"], id="tab"),
        pytest.param([b"Bearer a\n"], id="line end"),
    ],
)
def test_a_credential_that_cannot_be_passed_on_is_invalid(
    request_with: MakeRequest, values: list[bytes]
) -> None:
    request = request_with(headers=[(b"authorization", value) for value in values])
    with pytest.raises(TokenInvalid):
        authorization_metadata(request)


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


def test_work_ends_when_the_caller_goes() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended = True

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def call() -> None:
        with pytest.raises(Disconnected):
            await while_connected(work(), receive)
        assert ended
        await asyncio.sleep(0)  # the task is not left cancelled

    asyncio.run(call())


def test_work_whose_caller_stays_has_its_result_or_its_error() -> None:
    async def fail() -> Never:
        raise LookupError

    async def succeed() -> str:
        return "done"

    async def call() -> None:
        assert await while_connected(succeed(), _never) == "done"
        with pytest.raises(LookupError):
            await while_connected(fail(), _never)

    asyncio.run(call())


async def _never() -> dict[str, Any]:
    await asyncio.get_running_loop().create_future()
    raise AssertionError
