"""What a supervisor does at once, and what does it no harm."""

import os
import signal
import threading
from multiprocessing.connection import Connection

import pytest

from getme_server import supervisor as supervisor_module
from getme_server.supervisor import Supervisor
from tests.waiting import PATIENCE_SECONDS


def idle_worker(_number: int, to_supervisor: Connection, _asking: Connection) -> None:
    to_supervisor.send(None)
    threading.Event().wait()


def answer_nothing(_asked: Connection) -> None:
    """Idle workers ask nothing."""


def test_a_stop_is_seen_at_once_and_a_worker_that_has_just_ended_takes_no_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(_pid: int, _number: int) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(supervisor_module, "_LOOK_SECONDS", 3_600.0)
    supervisor = Supervisor(idle_worker, answer_nothing, 1, stop_seconds=PATIENCE_SECONDS)
    stopping = threading.Event()
    supervisor.start(stopping)
    try:
        with monkeypatch.context() as ended:
            ended.setattr(os, "kill", gone)
            supervisor.signal(signal.SIGHUP)
        running = threading.Thread(target=supervisor.run, args=(stopping,), daemon=True)
        running.start()
        stopping.set()
        supervisor.wake()
        running.join(PATIENCE_SECONDS)
        assert not running.is_alive()
    finally:
        supervisor.stop()
