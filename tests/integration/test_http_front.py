"""The gateway's HTTP, byte by byte: what is refused, what is ignored, what is cut off."""

import json
import socket
import time
from contextlib import suppress
from typing import Any, NamedTuple

import psutil
import pytest

from tests.integration.conftest import System
from tests.people import ADA
from tests.tokens import token_for
from tests.waiting import until

# Which store is behind the server changes nothing of this.
pytestmark = pytest.mark.parametrize("people_store", ["sqlite"], indirect=True)

ADAS = f"Authorization: Bearer {token_for(ADA.user_id)}"
ME = "GET /api/v1/users/me HTTP/1.1"
HOST = "Host: getme"
LOGIN = "/api/v1/users/login"
PROFILE = f"/api/v1/users/{ADA.user_id}"
HEADER_TIMEOUT_SECONDS = 6
READ_TIMEOUT_SECONDS = 10
KNOWN_STATUSES = frozenset({"200", "400", "401", "404", "405", "413", "414", "431"})


class Reply(NamedTuple):
    """What came back before the connection ended or fell silent."""

    raw: str

    @property
    def status(self) -> str:
        return self.raw.split(" ", 2)[1] if self.raw else ""

    @property
    def answers(self) -> int:
        return self.raw.count("HTTP/1.1 ")

    @property
    def reason(self) -> str:
        return str(json.loads(self.raw.partition("\r\n\r\n")[2])["reason"])


def send(system: System, *lines: str, body: str = "", wait: float = 1) -> Reply:
    host, _, port = system.gateway.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=wait) as browser:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before the end of it
            browser.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1"))
        received = b""
        try:
            while part := browser.recv(65_536):
                received += part
        except (TimeoutError, ConnectionResetError):
            pass
    return Reply(received.decode("latin-1"))


@pytest.mark.parametrize(
    "trailer", [ADAS, "X-Request-ID: from-a-trailer", "Cookie: a=b"], ids=lambda t: t.split(":")[0]
)
def test_a_header_in_a_chunked_trailer_is_no_header(system: System, trailer: str) -> None:
    chunked = f"2\r\n{{}}\r\n0\r\n{trailer}\r\n\r\n"
    reply = send(system, ME, HOST, "Transfer-Encoding: chunked", body=chunked)
    assert reply.status == "401"
    assert reply.reason == "TOKEN_MISSING"
    assert "from-a-trailer" not in reply.raw


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([ME, HOST, ADAS, *(f"X-{n}: y" for n in range(200))], "431"),
        ([ME, HOST, ADAS, f"X-Long: {'y' * 40_000}"], "431"),
        ([ME, HOST, ADAS, f"X-Long: {'y' * 2_000_000}"], "431"),
        ([f"GET /{'y' * 100_000} HTTP/1.1", HOST], "414"),
        (["POST /api/v1/users/me HTTP/1.1", HOST, ADAS], "405"),
        (["TRACE /api/v1/users/me HTTP/1.1", HOST, ADAS], "405"),
        (["GET /api/v1/nothing HTTP/1.1", HOST], "404"),
        (["GET /api/v1/users/me/ HTTP/1.1", HOST, ADAS], "404"),
        (["GET //api/v1/users/me HTTP/1.1", HOST, ADAS], "404"),
        (["GET /api/v1/users/%2e%2e/me HTTP/1.1", HOST], "404"),
        (["GET /api/v1/users/a%2Fb HTTP/1.1", HOST], "400"),
        (["GET /api/v1/users/%00 HTTP/1.1", HOST], "400"),
        (["GET /api/v1/users/%ff HTTP/1.1", HOST], "400"),
        ([ME, HOST, ADAS, ADAS], "401"),
    ],
    ids=[
        "200 headers",
        "40 KB of headers",
        "2 MB of headers",
        "long target",
        "wrong method",
        "TRACE",
        "unknown route",
        "slash at the end",
        "two slashes",
        "dots",
        "encoded slash",
        "NUL",
        "not UTF-8",
        "two tokens",
    ],
)
def test_what_is_not_meant_is_refused(system: System, lines: list[str], status: str) -> None:
    assert send(system, *lines).status == status


def test_a_wrong_method_is_told_the_right_ones(system: System) -> None:
    reply = send(system, "PATCH /api/v1/users/me HTTP/1.1", HOST, ADAS)
    allow = next(line for line in reply.raw.splitlines() if line.lower().startswith("allow:"))
    assert {"GET", "HEAD", "OPTIONS"} <= {
        method.strip() for method in allow.partition(":")[2].split(",")
    }


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/users/me", "/", "/.well-known/jwks.json"])
def test_options_names_the_methods_of_a_path(system: System, path: str) -> None:
    answer = system.http.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["allow"].split(", "))


def test_an_oversized_body_is_refused_before_it_is_sent(system: System) -> None:
    reply = send(system, ME, HOST, ADAS, "Content-Length: 70000")
    assert reply.status == "413"


@pytest.mark.parametrize(
    "lines",
    [
        [ME, HOST, ADAS, "Content-Length: 3", "Transfer-Encoding: chunked"],
        [ME, HOST, ADAS, "Content-Length: 3", "Content-Length: 4"],
        [ME, HOST, ADAS, "Content-Length: 3, 3"],
        [ME, HOST, ADAS, "Content-Length: +3"],
        [ME, HOST, ADAS, "Transfer-Encoding: xchunked"],
        [ME, HOST, ADAS, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        [ME, HOST, f" {ADAS}"],
        [ME, "Host: a/b?c", ADAS],
        [ME, "Host: a@b", ADAS],
        [ME, "Host: a", "Host: b", ADAS],
        ["GET http://evil.example/api/v1/users/me HTTP/1.1", HOST, ADAS],
        [ME.replace("1.1", "9.9"), HOST, ADAS],
        ["CONNECT getme:443 HTTP/1.1", HOST],
        ["G@T /api/v1/users/me HTTP/1.1", HOST, ADAS],
    ],
    ids=lambda lines: " | ".join(lines[::2])[:40],
)
def test_an_odd_request_gets_one_answer_at_most_and_never_a_fault(
    system: System, lines: list[str]
) -> None:
    reply = send(system, *lines, body="abc", wait=0.5)
    assert reply.answers <= 1 + reply.raw.count("HTTP/1.1 400")  # the rest of a body is no request
    assert reply.status in KNOWN_STATUSES | {"", "100", "501", "505"}
    assert system.http.get("/healthz").status_code == 200


def test_headers_that_never_end_are_cut_off(system: System) -> None:
    host, _, port = system.gateway.address.partition(":")
    begun = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=3 * HEADER_TIMEOUT_SECONDS) as slow:
        slow.sendall(f"{ME}\r\n{HOST}\r\nX-Slow: ".encode())
        while slow.recv(1_024):
            pass  # an answer may come first; the end must
    assert time.monotonic() - begun < 2 * HEADER_TIMEOUT_SECONDS


def test_a_reader_that_takes_nothing_is_let_go(system: System) -> None:
    host, _, port = system.gateway.address.partition(":")
    gateway = psutil.Process(system.gateway.process.pid)
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        lazy.connect((host, int(port)))
        ours = lazy.getsockname()
        lazy.settimeout(1)
        with suppress(TimeoutError, ConnectionResetError):  # its answers fill all buffers
            while True:
                lazy.sendall(f"{ME}\r\n{HOST}\r\n\r\n".encode() * 1_000)

        def is_let_go() -> bool:
            return ours not in {each.raddr for each in gateway.net_connections("tcp")}

        assert not is_let_go()
        assert until(is_let_go, 4 * READ_TIMEOUT_SECONDS)


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        pytest.param("GET", "/healthz", {}, 200, id="200 of the gateway"),
        pytest.param("GET", "/", {}, 200, id="200, a page"),
        pytest.param("GET", PROFILE, {}, 200, id="200 of the server"),
        pytest.param("HEAD", PROFILE, {}, 200, id="200 to HEAD"),
        pytest.param("OPTIONS", PROFILE, {}, 204, id="204"),
        pytest.param("GET", PROFILE, {"headers": {"if-none-match": "*"}}, 304, id="304"),
        pytest.param("GET", "/openapi.json", {"headers": {"if-none-match": "*"}}, 304, id="a file"),
        pytest.param("GET", "/api/v1/users/x", {}, 400, id="400"),
        pytest.param("GET", "/api/v1/users/me", {}, 401, id="401"),
        pytest.param("POST", f"{LOGIN}?cookie=true", {"json": {}}, 403, id="403"),
        pytest.param("GET", "/nowhere", {}, 404, id="404"),
        pytest.param("DELETE", "/healthz", {}, 405, id="405"),
        pytest.param("POST", LOGIN, {"json": "x" * 70_000}, 413, id="413"),
        pytest.param("GET", f"/{'y' * 9_000}", {}, 414, id="414"),
        pytest.param("POST", LOGIN, {"content": b"x"}, 415, id="415"),
        pytest.param("GET", "/healthz", {"headers": {"x-a": "y" * 40_000}}, 431, id="431"),
    ],
)
def test_every_answer_has_the_security_headers(
    system: System, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    answer = system.http.request(method, path, **more)
    headers = answer.headers
    assert answer.status_code == status
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert not any(character.isdigit() for character in headers.get("server", ""))


def test_head_answers_as_get_without_a_body(system: System) -> None:
    reply = send(system, f"HEAD {PROFILE} HTTP/1.1", HOST, "Connection: close")
    assert reply.status == "200"
    assert reply.raw.endswith("\r\n\r\n")
