"""Routes come from the annotations alone; what cannot be served stops the start."""

import pytest

from getme.v1 import admin_service_pb2
from getme_gateway.transcoding.annotations import rpc_routes
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.wiring import CONTRACT
from tests.unit.gateway.contract_in_test import file_of


def test_the_contract_has_these_routes() -> None:
    routes = {
        (route.http_method, route.template.text): (
            route.rpc.name,
            route.response_field.name if route.response_field else None,
        )
        for route in rpc_routes(CONTRACT)
    }
    assert routes[("GET", "/api/v1/users/me")] == ("GetMe", "user")
    assert routes[("GET", "/api/v1/users/{user_id}")] == ("GetUser", "user")
    assert routes[("GET", "/.well-known/jwks.json")] == ("GetPublicKeys", None)


def test_moderators_find_and_bar_over_rest_and_revoke_over_grpc_alone() -> None:
    routes = {
        route.rpc.name: (route.http_method, route.template.text, route.body)
        for route in rpc_routes([admin_service_pb2.DESCRIPTOR])
    }
    assert admin_service_pb2.DESCRIPTOR in CONTRACT
    assert routes == {
        "FindUser": ("POST", "/api/v1/admin/users/find", "*"),
        "SetAccountStatus": ("PUT", "/api/v1/admin/users/{user_id}/account_status", "*"),
    }


@pytest.mark.parametrize("method", ["get", "put", "post", "delete", "patch"])
def test_every_method_of_the_annotation_is_a_route(method: str) -> None:
    (route,) = rpc_routes([file_of(Call={method: "/things/{name}", "body": "*"})])
    assert (route.http_method, route.template.fields, route.body) == (
        method.upper(),
        ("name",),
        "*",
    )


def test_an_rpc_without_an_annotation_has_no_route() -> None:
    assert rpc_routes([file_of(Call={})]) == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param({"get": "/{nowhere}"}, "no field 'nowhere'", id="unknown field in the path"),
        pytest.param({"post": "/a", "body": "nowhere"}, "no field 'nowhere'", id="unknown body"),
        pytest.param(
            {"get": "/a", "response_body": "nowhere"}, "no field 'nowhere'", id="unknown answer"
        ),
        pytest.param({"get": "/a/{name=b/*}"}, "{field}", id="pattern in a variable"),
        pytest.param({"get": "/a/**"}, "{field}", id="wildcard"),
        pytest.param({"get": "/a:verb"}, "{field}", id="verb"),
        pytest.param({"get": "/a//b"}, "{field}", id="empty segment"),
        pytest.param({"get": "a"}, "slash", id="relative"),
        pytest.param({"get": "/{name}/{name}"}, "twice", id="field twice"),
    ],
)
def test_an_annotation_that_cannot_be_served_stops_the_start(
    rule: dict[str, str], said: str
) -> None:
    with pytest.raises(ContractError, match=said) as refused:
        rpc_routes([file_of(Call=rule)])
    assert "test.Service.Call" in str(refused.value)
