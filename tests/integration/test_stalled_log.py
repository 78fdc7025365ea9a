"""Standard output is a pipe that nobody reads: the program goes on, and says later what is lost.

Such a pipe holds 64 KiB, about 350 lines; the program holds 1 MiB more.
"""

import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest

from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.people import ADA
from tests.scraping import shown
from tests.servers.programs import STOP_SECONDS, Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

TOKEN = token_for(ADA.user_id)
MORE_THAN_A_PIPE = 1_500
MORE_THAN_A_PROGRAM = 12_000  # two in three ask, and log it; others share what is read
CALLERS = 4
READS = "accounts.account_and_lock"


def repeat(times: int, call: Callable[[], object]) -> None:
    """Calls, several at a time. Raises what one of them raises."""
    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(lambda _: call(), range(times)))


def get_me(server: Program, times: int) -> None:
    """Each is answered. Raises RpcError."""
    with grpc.insecure_channel(server.address) as channel:
        stub = UserServiceStub(channel)
        repeat(times, lambda: stub.GetMe(GetMeRequest(), metadata=bearer(TOKEN), timeout=10))


def serving(directory: Path, store: str, workers: str) -> Program:
    """A server that logs each call to the store, of which each GetMe makes one or shares it."""
    settings = {
        "GETME_STORE": store,
        "GETME_WORKERS": workers,
        "GETME_LOG_LEVEL": "debug",
        "GETME_CACHE_TTL": "0",
    }
    return start_server(directory, settings)


def test_a_server_goes_on_and_tells_of_its_loss_when_somebody_reads_again(
    tmp_path: Path, people_database: str
) -> None:
    with serving(tmp_path, people_database, "1") as server:
        server.log_is_read.clear()
        get_me(server, MORE_THAN_A_PROGRAM)
        server.log_is_read.set()
        told = server.wait_for("log_lines_dropped")
        assert (told["level"], told["audit_lines"]) == ("warning", 0)
        get_me(server, 1)
        store_calls = shown(server, "getme_store_seconds_count", operation=READS)
        dropped = shown(server, "getme_log_lines_dropped_total", kind="other")
        assert shown(server, "getme_log_lines_dropped_total", kind="audit") == 0
        assert server.stop() == 0
    events = [json.loads(line) for line in server.lines]
    kept = sum(event.get("operation") == READS for event in events)
    lost = sum(event["lines"] for event in events if event["event"] == "log_lines_dropped")
    assert kept > MORE_THAN_A_PIPE
    assert dropped == lost > 0
    assert store_calls is not None
    assert kept < store_calls <= kept + lost
    assert events[-1]["event"] == "stopped"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_ends_in_time(tmp_path: Path, people_database: str, workers: str) -> None:
    with serving(tmp_path, people_database, workers) as server:
        server.log_is_read.clear()
        get_me(server, MORE_THAN_A_PIPE)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(STOP_SECONDS) == 0


@pytest.fixture
def faulty() -> Iterator[str]:
    """The address of a server that answers as none of ours does: its faults are all logged."""

    def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.UNKNOWN, "")

    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(answer)

    with ThreadPoolExecutor(CALLERS) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("getme.v1.UserService", {"GetMe": handler})]
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(None).wait()


@pytest.mark.parametrize("is_read_again", [True, False])
def test_a_gateway_goes_on_and_ends_in_time(
    tmp_path: Path, faulty: str, *, is_read_again: bool
) -> None:
    with (
        start_gateway(tmp_path, faulty) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False, timeout=10) as http,
    ):
        gateway.log_is_read.clear()
        http.headers["authorization"] = f"Bearer {TOKEN}"
        repeat(MORE_THAN_A_PIPE, lambda: http.get("/api/v1/users/me"))
        assert http.get("/healthz").status_code == 200
        if is_read_again:
            gateway.log_is_read.set()
            assert until(lambda: faults(gateway) == MORE_THAN_A_PIPE)
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(STOP_SECONDS) == 0


def faults(gateway: Program) -> int:
    """How many are in its log."""
    return sum('"status":502' in line for line in gateway.lines)
