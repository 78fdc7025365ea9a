"""The gateway's certificates towards the server are renewed while it runs, and no request fails."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from cryptography import x509

from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import GetMeRequest, GetMeResponse
from tests.people import ADA
from tests.servers.cassandra_certificates import Authority
from tests.servers.programs import Program, start_gateway
from tests.servers.when_told import gateway_looks_when_told
from tests.tokens import token_for
from tests.unit.client.serving import SECONDS, Users, serve_users
from tests.waiting import until

NAME = "gateway.example"
FINE = httpx.codes.OK


class Shown:
    """Answers GetMe, and keeps what certificates it was asked with. hold: until `held` is set."""

    def __init__(self, users: Users) -> None:
        self.serials: list[int] = []
        self.hold = False
        self.holding, self.held = threading.Event(), threading.Event()
        users.get_me = self._answer

    def _answer(self, _request: GetMeRequest, context: Any) -> GetMeResponse:
        (pem,) = context.auth_context()["x509_pem_cert"]
        self.serials.append(x509.load_pem_x509_certificate(pem).serial_number)
        if self.hold:
            self.hold = False
            self.holding.set()
            self.held.wait(SECONDS)
        return GetMeResponse(user=User(user_id=str(ADA.user_id)))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture
def users(authority: Authority) -> Iterator[Users]:
    cert, key = authority.issue("server", "127.0.0.1")
    credentials = grpc.ssl_server_credentials(
        [(key.read_bytes(), cert.read_bytes())],
        root_certificates=authority.ca.read_bytes(),
        require_client_auth=True,
    )
    with serve_users(credentials) as running:
        yield running


@pytest.fixture
def shown(users: Users) -> Shown:
    return Shown(users)


@pytest.fixture
def pair(authority: Authority) -> tuple[Path, Path]:
    return authority.issue("client", NAME)


@pytest.fixture
def settings(authority: Authority, pair: tuple[Path, Path]) -> dict[str, str]:
    return {
        "GETME_GATEWAY_UPSTREAM_CA": str(authority.ca),
        "GETME_GATEWAY_UPSTREAM_CERT": str(pair[0]),
        "GETME_GATEWAY_UPSTREAM_KEY": str(pair[1]),
        "GETME_LOG_LEVEL": "info",
    }


@pytest.fixture
def gateway(tmp_path: Path, users: Users, settings: dict[str, str]) -> Iterator[Program]:
    with start_gateway(tmp_path, users.address, settings) as running:
        yield running


def ask(gateway: Program) -> int:
    headers = {"authorization": f"Bearer {token_for(ADA.user_id)}"}
    url = f"http://{gateway.address}/api/v1/users/me"
    return httpx.get(url, headers=headers, trust_env=False, timeout=SECONDS).status_code


@pytest.mark.parametrize("number", [None, signal.SIGHUP], ids=["seen", "told"])
def test_a_new_certificate_is_shown_and_no_request_fails(  # noqa: PLR0913, PLR0917  # fixtures
    tmp_path: Path,
    authority: Authority,
    shown: Shown,
    users: Users,
    settings: dict[str, str],
    number: int | None,
) -> None:
    if number is not None:
        settings |= gateway_looks_when_told(tmp_path)
    done = threading.Event()
    with start_gateway(tmp_path, users.address, settings) as gateway, ThreadPoolExecutor(1) as pool:

        def ask_on() -> set[int]:
            statuses = {ask(gateway)}
            while not done.is_set():
                statuses.add(ask(gateway))
            return statuses

        asking = pool.submit(ask_on)
        try:
            assert until(lambda: bool(shown.serials))
            authority.issue("client", NAME)  # into the same files
            if number is not None:
                gateway.process.send_signal(number)
            assert gateway.has_line("tls_loaded")
            assert gateway.wait_for("tls_loaded")["towards"] == "server"
            assert until(lambda: shown.serials[-1] != shown.serials[0])
        finally:
            done.set()
        assert asking.result() == {FINE}


def test_a_call_under_way_is_answered_on_its_old_connection(
    authority: Authority, shown: Shown, gateway: Program
) -> None:
    shown.hold = True
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, gateway)
        assert shown.holding.wait(SECONDS)
        authority.issue("client", NAME)
        gateway.wait_for("tls_loaded")
        assert until(lambda: ask(gateway) == FINE and shown.serials[-1] != shown.serials[0])
        shown.held.set()
        assert waiting.result() == FINE


def test_what_cannot_be_used_leaves_the_last_good_one(
    shown: Shown, gateway: Program, pair: tuple[Path, Path]
) -> None:
    pair[1].write_text("half a key")
    refused = gateway.wait_for("tls_refused")
    assert refused["reason"].startswith("GETME_GATEWAY_UPSTREAM_CERT and ")
    assert ask(gateway) == FINE
    assert len(set(shown.serials)) == 1
