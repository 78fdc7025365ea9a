"""If-Match reaches the server as the one version that is expected; the server compares."""

import time
from collections.abc import Callable
from contextlib import suppress

import grpc
import pytest

from getme.reasons import Reason
from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import GetMeResponse, UpdateMeResponse
from getme_gateway.http_messages import Request
from getme_gateway.preconditions import NO_VERSION, expected_etag
from getme_gateway.refusals import InvalidField
from tests.unit.gateway.gateway_in_test import Gateway, Refusal

ME = "/api/v1/users/me"
MakeRequest = Callable[..., Request]


def if_match(make: MakeRequest, *values: bytes) -> Request:
    return make(headers=[(b"if-match", value) for value in values])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], "", id="unconditional"),
        pytest.param([b'"v1"'], "v1", id="one"),
        pytest.param([b' "v1" '], "v1", id="spaces around"),
        pytest.param([b"*"], "*", id="any"),
        pytest.param([b'"v1", "v1"'], "v1", id="twice the same"),
        pytest.param([b'"v1"', b'"v1"'], "v1", id="twice the same in two headers"),
        pytest.param([b'"v1;viewer+creator"'], "v1", id="with the roles of camel mode"),
        pytest.param([b'"v1;viewer", "v1;viewer+creator"'], "v1", id="one version, two roles"),
        pytest.param([b'W/"v0", "v1"'], "v1", id="weak beside strong"),
        pytest.param([b'W/"v1"'], NO_VERSION, id="weak"),
        pytest.param([b'"*"'], NO_VERSION, id="a quoted star is not any"),
        pytest.param([b'"*;viewer"'], NO_VERSION, id="a quoted star with roles"),
        pytest.param([b'""'], NO_VERSION, id="empty etag is not unconditional"),
        pytest.param([b'";viewer"'], NO_VERSION, id="roles alone"),
        pytest.param([b'"\xe9"'], NO_VERSION, id="not ASCII"),
        pytest.param([b'"' + b"a" * 257 + b'"'], NO_VERSION, id="longer than any"),
    ],
)
def test_one_version_is_expected(
    request_with: MakeRequest, values: list[bytes], expected: str
) -> None:
    assert expected_etag(if_match(request_with, *values)) == expected


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([b"v1"], id="without quotes"),
        pytest.param([b'"v1'], id="unfinished"),
        pytest.param([b""], id="empty"),
        pytest.param([b","], id="empty list"),
        pytest.param([b'*, "v1"'], id="any and one"),
        pytest.param([b"*", b"*"], id="any twice"),
        pytest.param([b'"v1" x'], id="more after it"),
        pytest.param([b'w/"v1"'], id="weak in lower case"),
        pytest.param([b'"v0", "v1"'], id="two versions"),
        pytest.param([b'"v0"', b'"v1"'], id="two versions in two headers"),
    ],
)
def test_what_names_no_one_version_is_refused(
    request_with: MakeRequest, values: list[bytes]
) -> None:
    with pytest.raises(InvalidField) as refused:
        expected_etag(if_match(request_with, *values))
    assert list(refused.value.errors) == ["if-match"]


@pytest.mark.parametrize("unit", [b", ", b'"a" ', b'"', b'"a', b'W/"a b",', b"W/"])
def test_a_hostile_if_match_takes_no_time(request_with: MakeRequest, unit: bytes) -> None:
    request = if_match(request_with, (unit * 32_768)[:32_768])
    started = time.process_time()
    with suppress(InvalidField):
        expected_etag(request)
    assert time.process_time() - started < 0.2


def test_the_body_and_the_query_name_neither_the_version_nor_the_mask(gateway: Gateway) -> None:
    body = {
        "firstName": "Ada",
        "expectedEtag": "from the body",
        "expected_etag": "from the body",
        "updateMask": "lastname",
        "update_mask": {"paths": ["lastname"]},
        "email": "other@example.org",
        "account_status": "moderator",
    }
    gateway.ask("PUT", f"{ME}?expected_etag=x&update_mask=lastname", body)
    (request,) = gateway.server.requests
    assert (request.firstname, request.expected_etag) == ("Ada", "")
    assert not request.HasField("lastname")
    assert not request.HasField("update_mask")


@pytest.mark.parametrize("names", ["gateway", "camel_gateway"])
def test_the_etag_of_a_read_is_the_version_of_a_change(
    request: pytest.FixtureRequest, names: str
) -> None:
    gateway: Gateway = request.getfixturevalue(names)
    user = User(user_id="1")
    gateway.server.answers["GetMe"] = GetMeResponse(user=user, etag="v1", roles=["viewer"])
    gateway.server.answers["UpdateMe"] = UpdateMeResponse(user=user, etag="v2", roles=["viewer"])
    read = dict(gateway.ask("GET", ME).headers)[b"etag"]
    changed = gateway.ask("PUT", ME, {}, headers=[(b"if-match", read)])
    assert gateway.server.requests[-1].expected_etag == "v1"
    gateway.server.answers["GetMe"] = GetMeResponse(user=user, etag="v2", roles=["viewer"])
    assert dict(changed.headers)[b"etag"] == dict(gateway.ask("GET", ME).headers)[b"etag"] != read
    assert dict(changed.headers)[b"cache-control"] == b"no-store"


def test_a_mismatch_is_412(gateway: Gateway) -> None:
    gateway.server.answers["UpdateMe"] = Refusal(grpc.StatusCode.ABORTED, Reason.ETAG_MISMATCH)
    answer = gateway.ask("PUT", ME, {}, headers=[(b"if-match", b'"v0"')])
    assert (answer.status, answer.reason) == (412, "ETAG_MISMATCH")


def test_if_none_match_means_nothing_to_a_change(gateway: Gateway) -> None:
    user = User(user_id="1")
    gateway.server.answers["UpdateMe"] = UpdateMeResponse(user=user, etag="v1")
    answer = gateway.ask("PUT", ME, {}, headers=[(b"if-none-match", b'"v1"')])
    assert (answer.status, answer.json["userId"]) == (200, "1")
