"""The end of a gateway: what it still answers, what it tells, and how long it takes."""

import http.client
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tests.integration.held_up import accepts, locked, under_way
from tests.people import ADA
from tests.servers.programs import STOP_SECONDS, Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

AUTHORIZED = dict(bearer(token_for(ADA.user_id)))
ME = "/api/v1/users/me"
DELAY_SECONDS = 3.0
GRACE_SECONDS = 1.0
MARGIN_SECONDS = 1.5  # the end of the process, on a busy machine
LONG = "60s"


class Browser(http.client.HTTPConnection):
    """One connection to a gateway, that never connects anew by itself."""

    auto_open = 0

    def __init__(self, gateway: Program) -> None:
        host, _, port = gateway.address.partition(":")
        super().__init__(host, int(port), timeout=STOP_SECONDS)
        self.connect()

    def get(self, path: str) -> http.client.HTTPResponse:
        self.request("GET", path, headers=AUTHORIZED)
        response = self.getresponse()
        response.read()
        return response

    def rename(self) -> int:
        """The status that came of it."""
        headers = AUTHORIZED | {"content-type": "application/json"}
        self.request("PUT", ME, '{"firstname": "Augusta"}', headers)
        return self.getresponse().status


@pytest.fixture
def server(tmp_path: Path, people_database: str) -> Iterator[Program]:
    settings = {"GETME_STORE": people_database, "GETME_STORE_TIMEOUT": LONG}
    with start_server(tmp_path, settings) as running:
        yield running


def test_probes_are_told_first_and_all_else_is_answered_for_the_delay(
    tmp_path: Path, server: Program
) -> None:
    settings = {"GETME_DRAIN_DELAY": f"{DELAY_SECONDS:.0f}s"}
    with (
        start_gateway(tmp_path, server.address, settings) as gateway,
        closing(Browser(gateway)) as before,
    ):
        assert before.get("/readyz").status == 200
        for _ in range(2):  # the second is answered from memory
            assert before.get(ME).getheader("connection") is None
        begun = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        assert until(lambda: status(gateway, "/readyz") == 503)
        assert status(gateway, "/healthz") == 200
        last = before.get(ME)
        assert (last.status, last.getheader("connection")) == (200, "close")
        with closing(Browser(gateway)) as after:
            told = after.get("/readyz")
            assert told.getheader("content-type") == "application/problem+json"
            assert told.getheader("connection") == "close"
        assert time.monotonic() - begun < DELAY_SECONDS  # else that was not tried
        assert until(lambda: not accepts(gateway))
        assert time.monotonic() - begun >= DELAY_SECONDS
        assert gateway.process.wait(STOP_SECONDS) == 0


def test_an_end_without_a_delay_waits_for_no_connection_that_is_idle(
    tmp_path: Path, server: Program
) -> None:
    with (
        start_gateway(tmp_path, server.address, {"GETME_GRACE": LONG}) as gateway,
        closing(Browser(gateway)) as idle,
    ):
        assert idle.get(ME).status == 200
        assert gateway.stop() == 0
        assert idle.sock.recv(1) == b""


def test_it_can_be_started_again_at_once_where_it_had_connections(
    tmp_path: Path, server: Program
) -> None:
    with start_gateway(tmp_path, server.address) as gateway, closing(Browser(gateway)) as idle:
        assert idle.get(ME).status == 200
        assert gateway.stop() == 0  # who closes a connection first holds its port for a minute
    settings = {"GETME_GATEWAY_LISTEN": gateway.address}
    with start_gateway(tmp_path, server.address, settings) as again:
        assert status(again, "/readyz") == 200


def test_a_request_under_way_is_answered(
    tmp_path: Path, server: Program, people_database: str
) -> None:
    settings = {"GETME_GATEWAY_TIMEOUT": LONG, "GETME_GRACE": "30s"}
    with (
        start_gateway(tmp_path, server.address, settings) as gateway,
        closing(Browser(gateway)) as browser,
        ThreadPoolExecutor(1) as pool,
    ):
        with locked(people_database):
            renaming = pool.submit(browser.rename)
            assert until(lambda: under_way(server))
            gateway.process.send_signal(signal.SIGTERM)
            assert until(lambda: not accepts(gateway))
        assert renaming.result(STOP_SECONDS) == 200
        assert gateway.process.wait(STOP_SECONDS) == 0


def test_a_request_that_is_stuck_holds_up_no_end(
    tmp_path: Path, server: Program, people_database: str
) -> None:
    settings = {"GETME_GATEWAY_TIMEOUT": LONG, "GETME_GRACE": f"{GRACE_SECONDS:.0f}s"}
    with (
        start_gateway(tmp_path, server.address, settings) as gateway,
        closing(Browser(gateway)) as browser,
        ThreadPoolExecutor(1) as pool,
        locked(people_database),
    ):
        renaming = pool.submit(browser.rename)
        assert until(lambda: under_way(server))
        begun = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(STOP_SECONDS) == 0
        assert GRACE_SECONDS <= time.monotonic() - begun < GRACE_SECONDS + MARGIN_SECONDS
        with suppress(http.client.HTTPException, OSError):  # cut, if it is not told in time
            assert renaming.result(STOP_SECONDS) == 503


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_a_second_signal_ends_it_at_once(
    tmp_path: Path, server: Program, number: signal.Signals
) -> None:
    settings = {"GETME_DRAIN_DELAY": LONG}
    with start_gateway(tmp_path, server.address, settings) as gateway:
        gateway.process.send_signal(number)
        assert until(lambda: status(gateway, "/readyz") == 503)
        gateway.process.send_signal(number)
        assert gateway.process.wait(STOP_SECONDS) == 128 + number


def test_sighup_ends_no_gateway_although_it_has_no_files_to_look_at(tmp_path: Path) -> None:
    with start_gateway(tmp_path, "127.0.0.1:1") as gateway:
        gateway.process.send_signal(signal.SIGHUP)
        gateway.process.send_signal(signal.SIGUSR1)
        gateway.wait_for("log_level")
        assert status(gateway, "/healthz") == 200


def status(gateway: Program, path: str) -> int:
    return httpx.get(f"http://{gateway.address}{path}", trust_env=False).status_code
