"""What is logged can be changed while a program runs: SIGUSR1 logs all, SIGUSR2 as at the start."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.integration.test_processes import get_me, workers_of
from tests.servers.programs import Program, start_gateway, start_server
from tests.waiting import until


def logs_calls(server: Program) -> bool:
    """Whether one call more is told of, by whichever worker answers it."""
    before = len(server.lines)
    assert get_me(server.address)
    return until(lambda: any('"event":"call"' in line for line in server.lines[before:]), 0.5)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_logs_all_and_again_what_it_did(
    tmp_path: Path, people_database: str, workers: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": workers}
    with start_server(tmp_path, settings) as server:
        assert logs_calls(server)
        assert not server.has_line("store_call", 0)
        server.process.send_signal(signal.SIGUSR1)
        assert server.wait_for("log_level")["least"] == "debug"
        assert server.wait_for("store_call")["duration_ms"] > 0
        server.process.send_signal(signal.SIGUSR2)
        assert until(lambda: not tells_more(server))
        assert logs_calls(server)


def tells_more(server: Program) -> bool:
    """Whether a line of the lowest level comes within a few polls of the log of changes."""
    before = len(server.lines)
    return until(lambda: any("store_call" in line for line in server.lines[before:]), 0.5)


def test_a_worker_that_starts_later_logs_as_the_others(
    tmp_path: Path, people_database: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": "2"}
    with start_server(tmp_path, settings) as server:
        server.process.send_signal(signal.SIGUSR1)
        assert server.has_line("store_call")
        for worker in workers_of(server):
            worker.kill()
        for _ in range(2):
            server.wait_for("worker_started")
        assert until(lambda: tells_more(server))


def test_signals_of_the_log_end_nothing_whoever_gets_them(
    tmp_path: Path, people_database: str
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": "2"}
    with start_server(tmp_path, settings) as server:
        workers = workers_of(server)
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            for pid in (server.process.pid, *(worker.pid for worker in workers)):
                os.kill(pid, number)
        assert get_me(server.address)
        assert [worker.pid for worker in workers_of(server)] == [worker.pid for worker in workers]
        assert not server.has_line("worker_died", 0)


def test_the_gateway_heeds_them_too(tmp_path: Path) -> None:
    with start_gateway(tmp_path, "127.0.0.1:1") as gateway:
        gateway.process.send_signal(signal.SIGUSR1)
        assert gateway.wait_for("log_level")["least"] == "debug"
        gateway.process.send_signal(signal.SIGUSR2)
        assert gateway.wait_for("log_level")["least"] == "info"
        url = f"http://{gateway.address}/healthz"
        assert httpx.get(url, trust_env=False).status_code == 200
