"""Which endpoint answers which request target."""

import asyncio
from collections.abc import Callable

import pytest

from getme_gateway.http_messages import Request, Response
from getme_gateway.refusals import MethodNotAllowed, RouteNotFound
from getme_gateway.route_table import Endpoint, RouteTable
from getme_gateway.transcoding.errors import ContractError
from getme_gateway.transcoding.path_templates import parse_template

ROWS = [
    ("GET", "/api/v1/users/{user_id}"),
    ("DELETE", "/api/v1/users/{id}"),
    ("GET", "/api/v1/users/me"),
    ("PUT", "/api/v1/users/me"),
    ("GET", "/api/v1/users/{user_id}/things/{name}"),
    ("GET", "/api/v1/users/me/{rest}/x"),
    ("GET", "/healthz"),
    ("GET", "/.well-known/jwks.json"),
]


def _endpoint(name: str) -> Endpoint:
    async def endpoint(_request: Request, path_values: list[bytes]) -> Response:
        return Response(200, body=b" ".join([name.encode(), *path_values]))

    return endpoint


@pytest.fixture
def routes() -> RouteTable:
    return RouteTable(
        (method, parse_template(path), _endpoint(f"{method} {path}")) for method, path in ROWS
    )


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        pytest.param("GET", b"/api/v1/users/me", b"GET /api/v1/users/me", id="literal"),
        pytest.param("PUT", b"/api/v1/users/me", b"PUT /api/v1/users/me", id="other method"),
        pytest.param("HEAD", b"/healthz", b"GET /healthz", id="HEAD where GET is"),
        pytest.param(
            "GET",
            b"/.well-known/jwks.json",
            b"GET /.well-known/jwks.json",
            id="dots in literals",
        ),
        pytest.param(
            "GET",
            b"/%2Ewell-known/jwks%2ejson",
            b"GET /.well-known/jwks.json",
            id="dots escaped",
        ),
        pytest.param("GET", b"/api/v1/users/42", b"GET /api/v1/users/{user_id} 42", id="variable"),
        pytest.param(
            "DELETE", b"/api/v1/users/42", b"DELETE /api/v1/users/{id} 42", id="named otherwise"
        ),
        pytest.param("GET", b"/api/v1/users/m%65", b"GET /api/v1/users/me", id="needless escape"),
        pytest.param(
            "GET",
            b"/api/v1/users/a%2Fb",
            b"GET /api/v1/users/{user_id} a/b",
            id="an encoded slash stays within its segment",
        ),
        pytest.param(
            "GET",
            b"/api/v1/users/me;x=1",
            b"GET /api/v1/users/{user_id} me;x=1",
            id="path parameters mean nothing",
        ),
        pytest.param(
            "GET",
            b"/api/v1/users/me/things/x",
            b"GET /api/v1/users/me/{rest}/x things",
            id="literals win from the left",
        ),
        pytest.param(
            "GET",
            b"/api/v1/users/%2e%2e",
            b"GET /api/v1/users/{user_id} ..",
            id="dots are a value like any other",
        ),
    ],
)
def test_a_target_reaches_its_endpoint(
    routes: RouteTable,
    request_with: Callable[..., Request],
    method: str,
    path: bytes,
    answer: bytes,
) -> None:
    request = request_with(path=path, method=method)
    assert asyncio.run(_call(routes, request)).body == answer


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"",
        b"*",
        b"/nowhere",
        b"/api/v1/users",
        b"/api/v1/users/",
        b"/api/v1/users/me/",
        b"//api/v1/users/me",
        b"/api/v1%2Fusers/me",
        b"/api/v1/../v1/users/me",
        b"/HEALTHZ",
        b"/healthz%00",
        b"/.well-known/jwks-json",
        b"/.well-known/jwks.json/",
        b"/.well-known%2Fjwks.json",
        b"/well-known/jwks.json",
    ],
)
def test_any_other_path_is_not_found(
    routes: RouteTable, request_with: Callable[..., Request], path: bytes
) -> None:
    request = request_with(path=path)
    with pytest.raises(RouteNotFound):
        asyncio.run(_call(routes, request))
    assert request.route == "none"


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        pytest.param(b"/api/v1/users/me", ("GET", "HEAD", "OPTIONS", "PUT"), id="literal"),
        pytest.param(
            b"/api/v1/users/42", ("DELETE", "GET", "HEAD", "OPTIONS"), id="variables named apart"
        ),
    ],
)
@pytest.mark.parametrize("method", ["TRACE", "options", "get", "FOO"])
def test_a_wrong_method_learns_all_methods_of_the_path(
    routes: RouteTable,
    request_with: Callable[..., Request],
    path: bytes,
    allow: tuple[str, ...],
    method: str,
) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        asyncio.run(_call(routes, request_with(path=path, method=method)))
    assert refused.value.allow == allow


def test_who_asks_for_the_methods_of_a_path_is_told(
    routes: RouteTable, request_with: Callable[..., Request]
) -> None:
    answer = asyncio.run(_call(routes, request_with(path=b"/api/v1/users/me", method="OPTIONS")))
    assert (answer.status, answer.headers) == (204, ((b"allow", b"GET, HEAD, OPTIONS, PUT"),))


def test_two_endpoints_for_one_method_and_path_stop_the_start() -> None:
    paths = ["/users/{a}", "/users/{b}"]
    with pytest.raises(ContractError, match=r"GET /users/\{b\}"):
        RouteTable(("GET", parse_template(path), _endpoint(path)) for path in paths)


async def _call(routes: RouteTable, request: Request) -> Response:
    return await routes(request)
