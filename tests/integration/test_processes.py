"""Processes as an operator sees them: ports, signals, workers."""

import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.people import ADA
from tests.servers.programs import Program, run_command, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

METADATA = bearer(token_for(ADA.user_id))
WORKERS = 2
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def workers_of(server: Program) -> list[psutil.Process]:
    """The worker processes, without multiprocessing's own resource tracker."""
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def handled(server: Program) -> int:
    text = httpx.get(server.metrics_url, trust_env=False).text
    lines = [
        line
        for line in text.splitlines()
        if line.startswith("grpc_server_handled_total{") and 'grpc_method="GetMe"' in line
    ]
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines))


def get_me(address: str) -> bool:
    """One call over a connection of its own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options=options) as channel:
        try:
            UserServiceStub(channel).GetMe(GetMeRequest(), metadata=METADATA, timeout=5)
        except grpc.RpcError:
            return False
        return True


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_port_is_refused_by_name(
    tmp_path: Path, people_database: str, workers: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": workers}
    with start_server(tmp_path, settings) as first:
        second = run_command(
            ["getme-server", "serve"],
            tmp_path,
            settings | {"GETME_LISTEN": first.address, "GETME_METRICS_LISTEN": "127.0.0.1:0"},
        )
        assert second.returncode == 1
        assert first.address in second.stderr
        assert "GETME_LISTEN" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        assert get_me(first.address)


def test_a_taken_metrics_port_is_refused_by_name(tmp_path: Path, people_database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        server = run_command(
            ["getme-server", "serve"],
            tmp_path,
            {
                "GETME_STORE": people_database,
                "GETME_LISTEN": "127.0.0.1:0",
                "GETME_METRICS_LISTEN": address,
                "GETME_WORKERS": "1",
            },
        )
    assert server.returncode == 1
    assert f"{address} is taken by another program; set GETME_METRICS_LISTEN" in server.stderr


def test_open_watches_do_not_hold_up_a_stop(tmp_path: Path, people_database: str) -> None:
    server = start_server(tmp_path, {"GETME_STORE": people_database})
    with grpc.insecure_channel(server.address) as channel, ThreadPoolExecutor(3) as pool:
        health: Any = health_pb2_grpc.HealthStub(channel)
        watches = [health.Watch(health_pb2.HealthCheckRequest(), timeout=30) for _ in range(3)]
        assert all(next(watch).status == SERVING for watch in watches)
        # They ask before the end comes: what nobody has asked for, grpc drops for an error.
        last = [pool.submit(next, watch) for watch in watches]
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 2
        for watch, told in zip(watches, last, strict=True):
            assert told.result().status == NOT_SERVING
            with pytest.raises(grpc.RpcError) as ended:
                next(watch)
            assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
            assert ended.value.details() == "the server stops"


def test_lines_of_several_workers_do_not_mix(tmp_path: Path, people_database: str) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": str(WORKERS)}
    with start_server(tmp_path, settings) as server, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _number: get_me(server.address), range(150)))
    assert len(server.lines) > 100
    assert all(isinstance(json.loads(line), dict) for line in server.lines)


def test_a_database_file_that_is_replaced_is_noticed(tmp_path: Path, people_database: str) -> None:
    path = Path(people_database.removeprefix("sqlite:///"))
    with start_server(tmp_path, {"GETME_STORE": people_database}) as server:
        assert get_me(server.address)
        path.rename(tmp_path / "moved.db")
        assert until(lambda: not get_me(server.address), 5)
        (tmp_path / "moved.db").rename(path)
        assert until(lambda: get_me(server.address), 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_ends_cleanly(
    tmp_path: Path, people_database: str, workers: str, number: signal.Signals
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": workers}
    server = start_server(tmp_path, settings)
    assert get_me(server.address)
    begun = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - begun < 5
    assert server.errors == []


def test_a_killed_worker_is_replaced_and_its_calls_stay_counted(
    tmp_path: Path, people_database: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": str(WORKERS)}
    with start_server(tmp_path, settings) as server:
        calls = 40
        assert all(get_me(server.address) for _ in range(calls))
        assert handled(server) == calls
        victim = workers_of(server)[0]
        victim.kill()
        died = server.wait_for("worker_died")
        assert died["pid"] == victim.pid
        server.wait_for("worker_started")
        assert len(workers_of(server)) == WORKERS
        assert all(get_me(server.address) for _ in range(calls))
        assert handled(server) == 2 * calls


def test_a_worker_that_finds_no_store_says_so_in_a_line_and_serves_once_it_is_back(
    tmp_path: Path, people_database: str
) -> None:
    path = Path(people_database.removeprefix("sqlite:///"))
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": str(WORKERS)}
    with start_server(tmp_path, settings) as server:
        path.rename(tmp_path / "moved.db")
        workers_of(server)[0].kill()
        told = server.wait_for("store_not_ready")
        assert "there is no database at" in told["reason"]
        server.wait_for("worker_started")
        (tmp_path / "moved.db").rename(path)
        server.wait_for("store_back")  # the new worker's: the other may not have noticed
        ends = time.monotonic() + 10
        while not all(get_me(server.address) for _ in range(8)):
            assert time.monotonic() < ends
    assert not any("Traceback" in line for line in server.errors)


def test_figures_asked_for_while_workers_start_do_them_no_harm(
    tmp_path: Path, people_database: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics = f"127.0.0.1:{free.getsockname()[1]}"
    started = threading.Event()
    scrapes: list[int] = []

    def scrape() -> None:
        while not started.wait(0.02):
            try:
                scrapes.append(httpx.get(f"http://{metrics}/metrics", trust_env=False).status_code)
            except httpx.TransportError:
                continue  # it does not listen yet

    scraper = threading.Thread(target=scrape)
    scraper.start()
    settings = {
        "GETME_STORE": people_database,
        "GETME_WORKERS": str(WORKERS),
        "GETME_METRICS_LISTEN": metrics,
    }
    try:
        with start_server(tmp_path, settings) as server:
            assert get_me(server.address)
            assert handled(server) == 1
    finally:
        started.set()
        scraper.join()
    assert scrapes
    assert set(scrapes) == {200}


def test_workers_end_with_a_killed_parent(tmp_path: Path, people_database: str) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": str(WORKERS)}
    server = start_server(tmp_path, settings)
    workers = workers_of(server)
    assert len(workers) == WORKERS
    os.kill(server.process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
    server.stop()


def test_the_gateway_reaches_every_worker(tmp_path: Path, people_database: str) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": str(WORKERS)}
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        for number in range(40):  # none of which the gateway can answer from memory
            headers = dict(bearer(token_for(ADA.user_id, jti=str(number))))
            http.get("/api/v1/users/me", headers=headers).raise_for_status()
        port = int(server.address.rsplit(":", 1)[1])
        for worker in workers_of(server):
            connections = [
                connection
                for connection in worker.net_connections()
                if connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port
            ]
            assert connections


def test_a_server_that_starts_late_is_found_by_the_gateway(
    tmp_path: Path, people_database: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with (
        start_gateway(tmp_path, address) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False, timeout=10) as http,
    ):
        assert http.get("/healthz").status_code == 200
        assert http.get("/readyz").status_code == 503
        answer = http.get("/api/v1/users/me", headers=dict(METADATA))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        settings = {"GETME_STORE": people_database, "GETME_LISTEN": address}
        with start_server(tmp_path, settings):
            assert until(lambda: http.get("/readyz").status_code == 200)
            assert http.get("/api/v1/users/me", headers=dict(METADATA)).status_code == 200
