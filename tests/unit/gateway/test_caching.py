"""Who may keep an answer, and when 304 is right."""

import time
from typing import Any

import orjson
import pytest
from google.protobuf.message_factory import GetMessageClass

from getme.v1 import auth_service_pb2, user_service_pb2
from getme.v1.user_pb2 import PublicUser
from getme_gateway.caching import Candidates
from getme_gateway.rpc_answer import RpcAnswer
from getme_gateway.transcoding.annotations import RpcRoute, rpc_routes
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.wiring import CONTRACT
from tests.unit.gateway.contract_in_test import file_of

V1 = b'"v1"'


def route(name: str) -> RpcRoute:
    return next(each for each in rpc_routes(CONTRACT) if each.rpc.name == name)


def me(names: JsonNames) -> RpcAnswer:
    return RpcAnswer(route("GetMe"), names=names, max_age_seconds=60)


def keys_response(*kids: str) -> auth_service_pb2.GetPublicKeysResponse:
    keys = [auth_service_pb2.JsonWebKey(kty="OKP", kid=kid) for kid in kids]
    return auth_service_pb2.GetPublicKeysResponse(keys=keys)


def profile_response(firstname: str) -> user_service_pb2.GetUserResponse:
    return user_service_pb2.GetUserResponse(user=PublicUser(user_id="1", firstname=firstname))


def profile(names: JsonNames = JsonNames.COLUMNS) -> RpcAnswer:
    return RpcAnswer(route("GetUser"), names=names, max_age_seconds=60)


def public_keys(names: JsonNames = JsonNames.COLUMNS) -> RpcAnswer:
    return RpcAnswer(route("GetPublicKeys"), names=names, max_age_seconds=300)


def response(*, etag: str = "v1", roles: tuple[str, ...] = ("viewer",), user: bool = True) -> Any:
    message = user_service_pb2.GetMeResponse(etag=etag, roles=roles)
    if user:
        message.user.user_id = "1"
    return message


@pytest.mark.parametrize(
    ("values", "matches", "only"),
    [
        pytest.param([b'"v1"'], True, "v1", id="one"),
        pytest.param([b'W/"v1"'], True, "v1", id="weak"),
        pytest.param([b'"v0", W/"v1"'], True, "", id="list"),
        pytest.param([b'"v0"', b'"v1"'], True, "", id="two headers"),
        pytest.param([b'"v1", "v1"'], True, "v1", id="twice the same"),
        pytest.param([b"*"], True, "", id="any"),
        pytest.param([b" * "], True, "", id="any with spaces"),
        pytest.param([b'"v0"'], False, "v0", id="another"),
        pytest.param([b"v1"], False, "", id="without quotes"),
        pytest.param([b'"v1'], False, "", id="unfinished"),
        pytest.param([b'"V1"'], False, "V1", id="other case"),
        pytest.param([b'"a,b"'], False, "a,b", id="comma within"),
        pytest.param([b'"' + b"a" * 257 + b'"'], False, "", id="longer than any"),
        pytest.param([b'"\xe9"'], False, "", id="not ASCII"),
        pytest.param([b""], False, "", id="empty"),
    ],
)
def test_if_none_match_is_compared_weakly(values: list[bytes], *, matches: bool, only: str) -> None:
    held = Candidates(values)
    assert held.match("v1") == matches
    assert held.only() == only


@pytest.mark.parametrize("unit", [b", ", b'"a" ', b'"', b'"a', b'W/"a b",'])
def test_a_hostile_if_none_match_takes_no_time(unit: bytes) -> None:
    value = (unit * 32_768)[:32_768]
    started = time.process_time()
    Candidates([value])
    assert time.process_time() - started < 0.2


def test_me_is_private_and_varies_with_the_credential() -> None:
    answer = me(JsonNames.COLUMNS).answer(response(), None)
    headers = dict(answer.headers)
    assert answer.status == 200
    assert headers[b"etag"] == V1
    assert headers[b"cache-control"] == b"private, max-age=60"
    assert headers[b"vary"] == b"Authorization, Cookie"
    assert headers[b"content-type"] == b"application/json"
    assert "roles" not in orjson.loads(answer.body)


@pytest.mark.parametrize(
    ("user", "held"),
    [
        pytest.param(False, [V1], id="the server left the user out"),
        pytest.param(True, [b'"v0", "v1"'], id="one of several"),
        pytest.param(True, [b"*"], id="any"),
    ],
)
def test_an_unchanged_user_is_304_with_the_same_headers_and_no_body(
    *, user: bool, held: list[bytes]
) -> None:
    answer = me(JsonNames.COLUMNS).answer(response(user=user), Candidates(held))
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (304, b"")
    assert headers[b"etag"] == V1
    assert headers[b"cache-control"] == b"private, max-age=60"
    assert headers[b"vary"] == b"Authorization, Cookie"


def test_with_roles_in_the_body_the_etag_changes_with_them() -> None:
    answers = [
        me(names).answer(response(roles=roles), None)
        for names in JsonNames
        for roles in ((), ("viewer",), ("viewer", "creator"))
    ]
    in_columns = {dict(answer.headers)[b"etag"] for answer in answers[:3]}
    in_camel = {dict(answer.headers)[b"etag"] for answer in answers[3:]}
    assert in_columns == {V1}
    assert len(in_camel) == 3
    assert not in_camel & in_columns
    assert orjson.loads(answers[-1].body)["roles"] == ["viewer", "creator"]


@pytest.mark.parametrize("names", JsonNames)
def test_an_etag_of_ours_comes_back_as_304_until_the_roles_change(names: JsonNames) -> None:
    answer = me(names)
    held = Candidates([dict(answer.answer(response(), None).headers)[b"etag"]])
    assert answer.answer(response(), held).status == 304
    promoted = answer.answer(response(roles=("viewer", "creator")), held)
    assert promoted.status == (200 if names is JsonNames.CAMEL else 304)


@pytest.mark.parametrize(("names", "can"), [(JsonNames.COLUMNS, True), (JsonNames.CAMEL, False)])
def test_the_server_compares_only_where_its_etag_names_all_of_the_body(
    names: JsonNames, *, can: bool
) -> None:
    assert me(names).server_can_compare == can


@pytest.mark.parametrize("names", JsonNames)
def test_a_public_profile_may_be_kept_by_anybody_and_asked_for_by_etag(names: JsonNames) -> None:
    answer = profile(names).answer(profile_response("Ada"), None)
    headers = dict(answer.headers)
    assert headers[b"cache-control"] == b"public, max-age=60"
    assert b"vary" not in headers
    held = Candidates([headers[b"etag"]])
    again = profile(names).answer(profile_response("Ada"), held)
    assert (again.status, again.body) == (304, b"")
    assert dict(again.headers)[b"cache-control"] == b"public, max-age=60"
    assert profile(names).answer(profile_response("Grace"), held).status == 200


@pytest.mark.parametrize("kids", [(), ("a",)], ids=["no keys", "a key"])
@pytest.mark.parametrize("names", JsonNames)
def test_public_keys_may_be_kept_by_anybody_and_asked_for_by_etag(
    names: JsonNames, kids: tuple[str, ...]
) -> None:
    answer = public_keys(names).answer(keys_response(*kids), None)
    headers = dict(answer.headers)
    assert (answer.status, headers[b"content-type"]) == (200, b"application/json")
    assert headers[b"cache-control"] == b"public, max-age=300"
    assert b"vary" not in headers
    assert orjson.loads(answer.body) == {"keys": [{"kty": "OKP", "kid": kid} for kid in kids]}
    again = public_keys(names).answer(keys_response(*kids), Candidates([headers[b"etag"]]))
    assert (again.status, again.body) == (304, b"")
    assert dict(again.headers)[b"etag"] == headers[b"etag"]
    assert dict(again.headers)[b"cache-control"] == b"public, max-age=300"


def test_the_etag_of_public_keys_changes_with_any_of_them() -> None:
    sets = [(), ("a",), ("b",), ("a", "b")]
    etags = {
        dict(public_keys().answer(keys_response(*kids), None).headers)[b"etag"] for kids in sets
    }
    assert len(etags) == len(sets)
    held = Candidates(etags - {dict(public_keys().answer(keys_response(), None).headers)[b"etag"]})
    assert public_keys().answer(keys_response(), held).status == 200


@pytest.mark.parametrize("answer", [public_keys(), profile()], ids=["keys", "profile"])
def test_the_server_is_never_asked_to_compare_an_etag_that_it_has_not_given(
    answer: RpcAnswer,
) -> None:
    assert answer.has_etag
    assert not answer.server_can_compare


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        pytest.param({"get": "/a"}, 200, id="GET of an RPC that is not listed"),
        pytest.param({"post": "/a", "body": "*"}, 200, id="POST"),
        pytest.param({"delete": "/a", "response": "Nothing"}, 204, id="nothing to say"),
    ],
)
def test_whatever_is_not_listed_may_not_be_kept(rule: dict[str, str], status: int) -> None:
    (any_route,) = rpc_routes([file_of(Call=rule)])
    from_server = GetMessageClass(any_route.rpc.output_type)()
    answer = RpcAnswer(any_route, names=JsonNames.COLUMNS, max_age_seconds=60).answer(
        from_server, None
    )
    assert (answer.status, dict(answer.headers)[b"cache-control"]) == (status, b"no-store")
    assert bool(answer.body) == (status == 200)
