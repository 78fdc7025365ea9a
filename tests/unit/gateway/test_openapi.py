"""The OpenAPI documents: what they say of each route, against the gateway and the protos."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from getme.reasons import Reason
from getme.v1.auth_service_pb2 import LoginResponse
from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import GetMeResponse
from getme_gateway import problem
from getme_gateway.openapi.document import document
from getme_gateway.transcoding.annotations import RpcRoute, rpc_routes
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.wiring import CONTRACT
from tests.unit.gateway.gateway_in_test import OWN_PAGE, Gateway

ROOT = Path(__file__).resolve().parents[3]
ROUTES = rpc_routes(CONTRACT)
USER_ID = "550e8400-e29b-41d4-a716-446655440000"
USER = User(
    user_id=USER_ID, firstname="Ada", created_date=Timestamp(seconds=1), account_status="active"
)
both = pytest.mark.parametrize("names", list(JsonNames), ids=str)
each_route = pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: f"{route.http_method} {route.template.text}"
)


@cache
def described(names: JsonNames = JsonNames.COLUMNS) -> Any:
    """The document."""
    return json.loads(document(names))


def operation_of(route: RpcRoute, names: JsonNames = JsonNames.COLUMNS) -> Any:
    return described(names)["paths"][route.template.text][route.http_method.lower()]


def resolved(found: Any, names: JsonNames = JsonNames.COLUMNS) -> Any:
    """What a reference names, or the thing itself."""
    if "$ref" not in found:
        return found
    _, kind, name = found["$ref"].removeprefix("#/").split("/")
    return described(names)["components"][kind][name]


def reasons_of(operation: Any) -> dict[str, set[str]]:
    """Status -> the reasons that it may have."""
    return {
        status: set(schema["allOf"][1]["properties"]["reason"]["enum"])
        for status, response in operation["responses"].items()
        if (content := resolved(response).get("content", {}).get("application/problem+json"))
        and (schema := content["schema"])
    }


def schema_of(operation: Any, status: int, names: JsonNames) -> Any:
    """The schema of an answer, with the components that it refers to."""
    (content,) = resolved(operation["responses"][str(status)], names)["content"].values()
    return content["schema"] | {"components": described(names)["components"]}


def faults(schema: Any, value: object) -> list[str]:
    """What of a value does not fit its schema."""
    validator = OAS31Validator(schema, format_checker=oas31_format_checker)
    return [fault.message for fault in validator.iter_errors(value)]


def run_generator(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.openapi", *arguments],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@both
def test_the_document_is_valid(names: JsonNames) -> None:
    validate(described(names))


def test_the_documents_are_those_that_the_protos_give_now() -> None:
    done = run_generator("--check")
    assert (done.returncode, done.stderr) == (0, "")


@each_route
def test_each_route_is_described_with_a_name_of_its_own(route: RpcRoute) -> None:
    operation = operation_of(route)
    assert operation["operationId"].lower() == route.rpc.name.lower()
    assert operation["summary"]
    assert "Refusals" not in operation.get("description", "")


def test_nothing_else_is_described_but_what_the_gateway_answers_itself() -> None:
    ours = {route.template.text for route in ROUTES}
    assert set(described()["paths"]) - ours == {"/healthz", "/readyz", "/openapi.json"}


def test_head_is_described_wherever_get_is() -> None:
    for path, place in described()["paths"].items():
        assert ("head" in place) == ("get" in place), path
        if "get" in place:
            assert set(place["head"]["responses"]) == set(place["get"]["responses"])


def proto_reasons() -> Iterator[tuple[str, str]]:
    """RPC and reason, of all comments that name reasons themselves."""
    for path in (ROOT / "protos/getme/v1").glob("*_service.proto"):
        text = " ".join(line.strip(" /") for line in path.read_text().splitlines())
        for comment, name in re.findall(r"Refusals: (.*?) rpc (\w+)\(", text):
            for reason in re.findall(r"[(, ]([A-Z_]+)(?=[,):])", comment):
                if reason in Reason.__members__:
                    yield name, reason


def test_each_reason_that_the_protos_name_is_at_its_status() -> None:
    operations = {route.rpc.name: reasons_of(operation_of(route)) for route in ROUTES}
    named = [(name, reason) for name, reason in proto_reasons() if name in operations]
    assert len(named) > 40  # the comments are read at all
    for name, reason in named:
        assert reason in operations[name][str(problem.ANSWERS[reason][0])], (name, reason)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        pytest.param("UpdateMe", "401", "TOKEN_EXPIRED", id="as another RPC"),
        pytest.param("UpdateMe", "412", "ETAG_MISMATCH", id="beside another RPC"),
        pytest.param("LogoutEverywhere", "429", "RATE_LIMITED", id="as one that stands before"),
        pytest.param("GetUser", "401", "TOKEN_INVALID", id="two credentials on an open route"),
        pytest.param("UpdateMe", "403", "ORIGIN_REFUSED", id="a change by cookie"),
        pytest.param("Login", "415", "UNSUPPORTED_MEDIA_TYPE", id="a body that is not JSON"),
        pytest.param("Login", "413", "TOO_LARGE", id="a body too large"),
        pytest.param("Login", "408", "BODY_TIMEOUT", id="a body too slow"),
        pytest.param("GetMe", "414", "TOO_LARGE", id="a target too long"),
        pytest.param("GetMe", "431", "TOO_LARGE", id="headers too large"),
        pytest.param("GetMe", "503", "OVERLOADED", id="too many at once"),
        pytest.param("GetMe", "503", "UNAVAILABLE", id="no server"),
        pytest.param("GetMe", "504", "DEADLINE_EXCEEDED", id="no answer in time"),
        pytest.param("Login", "501", "UNIMPLEMENTED", id="no accounts"),
        pytest.param("RevokeSession", "404", "ROUTE_NOT_FOUND", id="no value in the path"),
        pytest.param("GetMe", "405", "METHOD_NOT_ALLOWED", id="another method"),
    ],
)
def test_what_the_gateway_itself_refuses_is_described(name: str, status: str, reason: str) -> None:
    (route,) = (route for route in ROUTES if route.rpc.name == name)
    assert reason in reasons_of(operation_of(route))[status]


def test_each_answer_that_is_shared_is_one_of_an_operation() -> None:
    named = set(re.findall(r'"#/components/responses/(\w+)"', json.dumps(described())))
    assert set(described()["components"]["responses"]) == named


def test_what_is_never_answered_is_not_described() -> None:
    of = {route.rpc.name: reasons_of(operation_of(route)) for route in ROUTES}
    assert "ORIGIN_REFUSED" not in of["GetMe"]["403"]
    assert "501" not in of["GetMe"]
    assert "415" not in of["LogoutEverywhere"]
    assert of["GetUser"]["404"] == {"USER_NOT_FOUND", "ROUTE_NOT_FOUND"}


@pytest.mark.parametrize(
    ("name", "security"),
    [
        ("GetMe", [{"bearer": []}, {"cookie": []}]),
        ("GetUser", []),
        ("Login", []),
        ("Refresh", [{"refreshCookie": []}, {}]),
        ("Logout", [{"bearer": []}, {"cookie": []}, {"refreshCookie": []}, {}]),
        ("FindUser", [{"bearer": []}, {"cookie": []}]),
    ],
)
def test_what_proves_who_is_calling_is_told(name: str, security: list[Any]) -> None:
    (route,) = (route for route in ROUTES if route.rpc.name == name)
    assert operation_of(route)["security"] == security


def test_limits_of_requests_are_those_of_the_contract() -> None:
    schemas = described()["components"]["schemas"]
    register = schemas["RegisterRequest"]
    assert register["required"] == ["firstname", "lastname", "email", "password"]
    assert register["properties"]["firstname"]["maxLength"] == 50
    assert register["properties"]["password"]["minLength"] == 8
    assert "additionalProperties" not in register  # others are ignored, never refused
    assert schemas["UpdateMeRequest"].get("required", []) == []
    status = schemas["SetAccountStatusRequest"]["properties"]["account_status"]
    assert "suspended" in status["enum"]
    (ids,) = described()["paths"]["/api/v1/users"]["get"]["parameters"]
    assert (ids["schema"]["maxItems"], ids["schema"]["items"]["format"]) == (100, "uuid")
    assert (ids["required"], ids["explode"]) == (True, False)


@both
@pytest.mark.parametrize(
    ("email", "user_id", "fits"),
    [
        pytest.param("ada@example.org", None, True, id="one, the other null"),
        pytest.param(None, USER_ID, True, id="the other way round"),
        pytest.param("ada@example.org", USER_ID, False, id="both"),
        pytest.param(None, None, False, id="neither"),
    ],
)
def test_where_one_of_two_is_asked_for_null_is_absence(
    names: JsonNames, email: str | None, user_id: str | None, *, fits: bool
) -> None:
    schema = described(names)["components"]["schemas"]["FindUserRequest"]
    spelt = "userId" if names is JsonNames.CAMEL else "user_id"
    assert (faults(schema, {"email": email, spelt: user_id}) == []) == fits


def test_fields_that_are_headers_over_http_are_in_no_body_and_no_query() -> None:
    assert set(described()["components"]["schemas"]["UpdateMeRequest"]["properties"]) == {
        "firstname",
        "lastname",
    }
    of_get_me = described()["paths"]["/api/v1/users/me"]["get"]["parameters"]
    assert [resolved(each)["name"] for each in of_get_me] == ["max_staleness", "If-None-Match"]


def test_where_registering_signs_in_by_itself_the_document_says_so() -> None:
    of = {
        names: described(names)["components"]["schemas"]["RegisterRequest"] for names in JsonNames
    }
    assert "default" not in of[JsonNames.COLUMNS]["properties"]["sign_in"]
    assert of[JsonNames.CAMEL]["properties"]["signIn"]["default"] is True


@both
def test_each_example_fits_its_schema(names: JsonNames) -> None:
    tried = 0
    for name, schema in described(names)["components"]["schemas"].items():
        for key, member in schema.get("properties", {}).items():
            for example in member.get("examples", ()):
                assert faults(member, example) == [], (name, key)
                tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (
            JsonNames.COLUMNS,
            "userId firstname lastname email account_status created_date last_login_date",
        ),
        (
            JsonNames.CAMEL,
            "userId firstName lastName email accountStatus createdDate lastLoginDate roles",
        ),
    ],
)
def test_the_answer_about_the_caller_is_as_described(
    gateway: Gateway, camel_gateway: Gateway, names: JsonNames, keys: str
) -> None:
    asked = camel_gateway if names is JsonNames.CAMEL else gateway
    asked.server.answers["GetMe"] = GetMeResponse(user=USER, etag="v1", roles=["viewer"])
    answer = asked.ask("GET", "/api/v1/users/me", headers=[(b"authorization", b"Bearer t")])
    schema = schema_of(operation_of(ROUTES[0], names), answer.status, names)
    assert faults(schema, answer.json) == []
    for key in keys.split():
        others = {name: value for name, value in answer.json.items() if name != key}
        assert faults(schema, others), key
    assert faults(schema, answer.json | {"userId": "ada"})


@pytest.mark.parametrize("query", ["", "?cookie=true"])
def test_the_answer_to_a_sign_in_is_as_described(gateway: Gateway, query: str) -> None:
    gateway.server.answers["Login"] = LoginResponse(
        token="t", token_type="Bearer", expires_in=60, refresh_token="r", user=USER
    )
    body = {"email": "ada@example.org", "password": "engines"}
    answer = gateway.ask("POST", f"/api/v1/users/login{query}", body, headers=[OWN_PAGE])
    (route,) = (route for route in ROUTES if route.rpc.name == "Login")
    schema = schema_of(operation_of(route), answer.status, JsonNames.COLUMNS)
    assert faults(schema, answer.json) == []
    assert faults(schema, {**answer.json, "user": None})


def test_a_refusal_is_as_described(gateway: Gateway) -> None:
    answer = gateway.ask("POST", "/api/v1/users/login", {"email": 1})
    (route,) = (route for route in ROUTES if route.rpc.name == "Login")
    schema = schema_of(operation_of(route), answer.status, JsonNames.COLUMNS)
    assert faults(schema, answer.json) == []
    assert faults(schema, answer.json | {"reason": "SOMETHING_ELSE"})
