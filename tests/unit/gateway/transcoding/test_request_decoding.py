"""Paths, queries and bodies become messages, or are refused with the field's name."""

from typing import Any

import pytest

from getme_gateway.refusals import InvalidField
from getme_gateway.transcoding.annotations import rpc_routes
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.request_decoding import RequestDecoder
from tests.unit.gateway.contract_in_test import file_of

BODY = {"put": "/things/{name}", "body": "*"}
INNER = {"post": "/things", "body": "inner", "request": "Thing"}
# Query only: the messages of Thing cannot stand in a query.
QUERY_BODY = {"post": "/things/{name}", "body": "inner"}


def decoder(rule: dict[str, str]) -> RequestDecoder:
    (route,) = rpc_routes([file_of(Call=dict(rule))])
    return RequestDecoder(route, without={"parts"}, defaults={"share": 0.5})


def from_body(body: bytes) -> Any:
    return decoder(BODY).decode([b"from the path"], b"", body)


def from_query(query: bytes) -> Any:
    return decoder(QUERY_BODY).decode([b"from the path"], query, b"")


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        pytest.param(b"firstname=Ada", "firstname", "Ada", id="string"),
        pytest.param(b"firstName=Ada", "firstname", "Ada", id="KillrVideo's spelling"),
        pytest.param(b"isOpen=true", "is_open", True, id="json name"),
        pytest.param(b"is_open=true", "is_open", True, id="proto name"),
        pytest.param(b"firstname=%C3%A9+x", "firstname", "é x", id="percent-encoded UTF-8"),
        pytest.param(b"count=-7", "count", -7, id="integer"),
        pytest.param(b"ratio=1.5e3", "ratio", 1500.0, id="double"),
        pytest.param(b"kind=KIND_BIG", "kind", 1, id="enum"),
        pytest.param(b"wait=1.5s", "wait", 1_500_000_000, id="duration"),
        pytest.param(b"wait=0s", "wait", 0, id="no time"),
        pytest.param(b"wait=-2s", "wait", -2_000_000_000, id="negative duration"),
        pytest.param(
            b"seen_at=1970-01-01T01:00:00.5%2B01:00", "seen_at", 500_000_000, id="time"
        ),
        pytest.param(b"ids=a,b,,c", "ids", ["a", "b", "c"], id="list with commas"),
        pytest.param(b"ids=a&ids=b", "ids", ["a", "b"], id="list by repetition"),
        pytest.param(b"sizes=1,2", "sizes", [1, 2], id="list of numbers"),
        pytest.param(b"ids=", "ids", [], id="empty list"),
        pytest.param(b"nonsense=1&firstname=Ada", "firstname", "Ada", id="others are ignored"),
        pytest.param(b"name=x", "name", "from the path", id="the path wins"),
    ],
)  # fmt: skip
def test_a_query_fills_fields(query: bytes, field: str, value: object) -> None:
    read = getattr(from_query(query), field)
    assert (read.ToNanoseconds() if hasattr(read, "ToNanoseconds") else read) == value


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param(b"count=x", "count", id="not a number"),
        pytest.param(b"count=1.5", "count", id="not whole"),
        pytest.param(b"count=2147483648", "count", id="beyond 32 bits"),
        pytest.param("count=\u0661".encode(), "query", id="raw bytes"),
        pytest.param(b"count=%D9%A1", "count", id="digits of another script"),
        pytest.param(b"count=1&count=2", "count", id="twice"),
        pytest.param(b"is_open=1", "is_open", id="boolean as number"),
        pytest.param(b"kind=KIND_HUGE", "kind", id="unknown enum value"),
        pytest.param(b"wait=1.5", "wait", id="duration without unit"),
        pytest.param(b"wait=999999999999s", "wait", id="duration too long"),
        pytest.param(b"seen_at=2025-13-01T00:00:00Z", "seen_at", id="no such month"),
        pytest.param(b"seen_at=2025-01-01T00:00:00", "seen_at", id="time without zone"),
        pytest.param(b"seen_at=0001-01-01T00:00:00%2B23:59", "seen_at", id="before year 1"),
        pytest.param(b"ratio=inf", "ratio", id="infinite"),
        pytest.param(b"ratio=1e999", "ratio", id="too large for a double"),
        pytest.param(b"share=1e39", "share", id="too large for a float"),
        pytest.param(b"data=%2A", "data", id="not base64"),
        pytest.param(b"firstname=%ff", "query", id="not UTF-8"),
        pytest.param(b"a=&" * 101, "query", id="too many"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_name(query: bytes, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        from_query(query)
    assert list(refused.value.errors) == [field]


def test_a_path_that_is_not_utf8_is_refused_by_name() -> None:
    with pytest.raises(InvalidField) as refused:
        decoder(BODY).decode([b"\xff"], b"", b"")
    assert list(refused.value.errors) == ["name"]


def test_a_body_fills_all_fields_but_those_of_the_path() -> None:
    message = from_body(
        b'{"name": "ignored", "firstName": "Ada", "isOpen": true, "total": "9", "count": 3,'
        b' "kind": "KIND_BIG", "wait": "2s", "inner": {"text": "x"}, "sizes": [1, "2"],'
        b' "ids": ["a"], "ratio": 1, "data": "AA==", "note": null, "role": "moderator"}'
    )
    assert (message.name, message.firstname, message.is_open) == ("from the path", "Ada", True)
    assert (message.total, message.count, message.kind, message.wait.seconds) == (9, 3, 1, 2)
    assert (message.inner.text, list(message.sizes), list(message.ids)) == ("x", [1, 2], ["a"])
    assert (message.ratio, message.data, message.HasField("note")) == (1.0, b"\x00", False)


def test_a_body_may_fill_one_field_and_the_query_the_rest() -> None:
    message = decoder(INNER).decode([], b"count=2&inner=ignored", b'{"text": "x"}')
    assert (message.inner.text, message.count) == ("x", 2)


@pytest.mark.parametrize(
    ("body", "share"),
    [
        pytest.param(b"", 0.5, id="no body"),
        pytest.param(b'{"firstname": "A"}', 0.5, id="others named"),
        pytest.param(b'{"share": null}', 0.5, id="null is absence"),
        pytest.param(b'{"share": 0}', 0, id="named, and as if absent"),
        pytest.param(b'{"share": 2}', 2, id="named"),
    ],
)
def test_a_field_with_a_default_has_it_unless_the_body_names_it(body: bytes, share: float) -> None:
    assert from_body(body).share == share


def test_a_body_never_sets_a_field_that_is_taken() -> None:
    assert not from_body(b'{"parts": [{"text": "x"}]}').parts


def test_an_empty_body_sets_nothing() -> None:
    assert not from_body(b"").HasField("inner")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param(b'{"firstname": 1}', "firstname", id="number for string"),
        pytest.param(b'{"firstname": ["a"]}', "firstname", id="list for string"),
        pytest.param(b'{"firstname": "\\ud800"}', "firstname", id="half a surrogate pair"),
        pytest.param(b'{"firstname": "a", "firstName": "b"}', "firstname", id="two spellings"),
        pytest.param(b'{"count": true}', "count", id="boolean for number"),
        pytest.param(b'{"count": 1.5}', "count", id="fraction for integer"),
        pytest.param(b'{"total": 9223372036854775808}', "total", id="beyond 64 bits"),
        pytest.param(b'{"isOpen": "true"}', "is_open", id="string for boolean"),
        pytest.param(b'{"wait": 2}', "wait", id="number for duration"),
        pytest.param(b'{"inner": "x"}', "inner", id="string for object"),
        pytest.param(b'{"inner": {"text": 1}}', "inner.text", id="within an object"),
        pytest.param(b'{"ids": "a"}', "ids", id="string for list"),
        pytest.param(b'{"ids": ["a", 1]}', "ids[1]", id="within a list"),
        pytest.param(b'{"ids": [null]}', "ids[0]", id="null within a list"),
        pytest.param(b'{"ratio": "x"}', "ratio", id="text for double"),
        pytest.param(b"[]", "body", id="list"),
        pytest.param(b'"x"', "body", id="string"),
        pytest.param(b"null", "body", id="null"),
        pytest.param(b"{", "body", id="unfinished"),
        pytest.param(b"{} x", "body", id="more after the object"),
        pytest.param(b'{"count": 1, "count": 2}', "body", id="a name twice"),
        pytest.param(b'{"x": {"a": 1, "a": 2}}', "body", id="a name twice where ignored"),
        pytest.param(b'{"ratio": NaN}', "body", id="NaN"),
        pytest.param(b'{"ratio": -Infinity}', "body", id="infinity"),
        pytest.param(b'{"ratio": 1e400}', "body", id="too large for a float"),
        pytest.param(b'{"count": ' + b"9" * 5000 + b"}", "body", id="thousands of digits"),
        pytest.param(b'{"x": ' + b"[" * 30_000 + b"}", "body", id="thousands of brackets"),
        pytest.param(b"\xef\xbb\xbf{}", "body", id="byte order mark"),
        pytest.param('{"firstname": "a"}'.encode("utf-16"), "body", id="UTF-16"),
        pytest.param(b'{"firstname": "\xff"}', "body", id="not UTF-8"),
        pytest.param(b'{"firstname": "a\nb"}', "body", id="control character in a string"),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused_by_place(body: bytes, place: str) -> None:
    with pytest.raises(InvalidField) as refused:
        from_body(body)
    assert list(refused.value.errors) == [place]


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(InvalidField) as refused:
        from_body(b'{"firstname": 1, "count": "x"}')
    assert set(refused.value.errors) == {"firstname", "count"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param({"get": "/things"}, "query", id="message in a query"),
        pytest.param({"get": "/things/{inner}"}, "query", id="message in a path"),
        pytest.param({"post": "/things", "body": "count"}, "not a message", id="scalar as body"),
        pytest.param({"post": "/things", "body": "wait"}, "Duration", id="duration as body"),
    ],
)
def test_a_request_that_cannot_be_read_stops_the_start(rule: dict[str, str], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        decoder(rule)
