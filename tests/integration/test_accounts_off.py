"""GETME_ACCOUNTS=off: another service signs users in, and getme only says who is calling."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import grpc
import httpx
import pytest
from google.protobuf.message_factory import GetMessageClass

from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.conftest import NO_LOGIN, NewStore
from tests.people import ADA, MODERATOR, STRANGE, SUSPENDED
from tests.servers.programs import start_gateway, start_server
from tests.tokens import bearer, token_for

ADAS_ID = str(ADA.user_id)
USERS = "/api/v1/users"
# What is served, and what asks for it; a call that is not in this table must not be.
SERVED: dict[str, dict[str, Any]] = {
    "UserService.GetMe": {},
    "UserService.GetUser": {"user_id": ADAS_ID},
    "UserService.BatchGetUsers": {"ids": [ADAS_ID]},
    "AuthService.GetPublicKeys": {},
    "AdminService.FindUser": {"user_id": ADAS_ID},
    "AdminService.SetAccountStatus": {
        "user_id": str(SUSPENDED.user_id),
        "account_status": "active",
    },
    "AdminService.RevokeUserTokens": {"user_id": str(STRANGE.user_id)},
}
# Good requests of the others, so that it is not their fields that are refused.
NOT_SERVED: dict[str, dict[str, Any]] = {
    "UserService.UpdateMe": {"firstname": "Grace"},
    "UserService.ChangePassword": {"old_password": "x" * 12, "new_password": "y" * 12},
    "UserService.DeleteMe": {"password": "x" * 12},
    "AuthService.Register": {
        "firstname": "Ada",
        "lastname": "Example",
        "email": "ada@example.org",
        "password": "correct horse battery staple",
    },
    "AuthService.Login": {"email": ADA.email, "password": "x" * 12},
    "AuthService.Refresh": {"refresh_token": "x"},
    "AuthService.Logout": {},
    "AuthService.LogoutEverywhere": {},
    "AuthService.ListSessions": {},
    "AuthService.RevokeSession": {"session_id": ADAS_ID},
}
CALLS = SERVED | NOT_SERVED
METHODS = {
    f"{service.name}.{method.name}": method
    for file in (admin_service_pb2, auth_service_pb2, user_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
ROUTES_NOT_SERVED = [
    ("POST", f"{USERS}/register", NOT_SERVED["AuthService.Register"]),
    ("POST", f"{USERS}/login", NOT_SERVED["AuthService.Login"]),
    ("POST", f"{USERS}/refresh", {"refresh_token": "x"}),
    ("POST", f"{USERS}/logout", {}),
    ("PUT", f"{USERS}/me", {"firstname": "Grace"}),
    ("DELETE", f"{USERS}/me", {"password": "x" * 12}),
    ("POST", f"{USERS}/me/password", NOT_SERVED["UserService.ChangePassword"]),
    ("GET", f"{USERS}/me/sessions", None),
    ("DELETE", f"{USERS}/me/sessions", None),
    ("DELETE", f"{USERS}/me/sessions/{ADAS_ID}", None),
]


class Reader(NamedTuple):
    """A system that keeps no accounts of its own."""

    channel: grpc.Channel
    http: httpx.Client

    def ask(self, name: str, token: str) -> grpc.StatusCode:
        """How a call of the contract ends."""
        method = METHODS[name]
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        call = self.channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        try:
            call(request(**CALLS[name]), metadata=bearer(token), timeout=10)
        except grpc.RpcError as refused:
            return refused.code()
        return grpc.StatusCode.OK


@pytest.fixture(scope="module")
def reader(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    directory, url = tmp_path_factory.mktemp("off"), new_store("sqlite")
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts([ADA, MODERATOR, STRANGE, SUSPENDED])
    settings = {"GETME_STORE": url, "GETME_ACCOUNTS": "off"}
    with (
        start_server(directory, settings) as server,
        start_gateway(directory, server.address) as gateway,
        grpc.insecure_channel(server.address) as channel,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        yield Reader(channel, http)


def test_every_call_of_the_contract_is_looked_at() -> None:
    unary = {name for name, method in METHODS.items() if not method.server_streaming}
    assert unary == set(CALLS)


@pytest.mark.parametrize("name", SERVED)
def test_calls_that_read_and_those_of_moderators_are_served(reader: Reader, name: str) -> None:
    assert reader.ask(name, token_for(MODERATOR.user_id, "moderator")) is grpc.StatusCode.OK


@pytest.mark.parametrize("name", NOT_SERVED)
def test_calls_of_accounts_are_unimplemented(reader: Reader, name: str) -> None:
    token = token_for(MODERATOR.user_id, "moderator")
    assert reader.ask(name, token) is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("method", "path", "body"), ROUTES_NOT_SERVED, ids=lambda value: str(value)[:40]
)
def test_routes_of_accounts_are_not_implemented(
    reader: Reader, method: str, path: str, body: dict[str, Any] | None
) -> None:
    headers = dict(bearer(token_for(ADA.user_id)))
    answer = reader.http.request(method, path, json=body, headers=headers)
    assert answer.status_code == 501, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 501
    assert "set-cookie" not in answer.headers


def test_routes_that_read_answer(reader: Reader) -> None:
    headers = dict(bearer(token_for(ADA.user_id)))
    for path in (
        f"{USERS}/me",
        f"{USERS}/{ADAS_ID}",
        f"{USERS}?ids={ADAS_ID}",
        "/.well-known/jwks.json",
    ):
        assert reader.http.get(path, headers=headers).status_code == 200
