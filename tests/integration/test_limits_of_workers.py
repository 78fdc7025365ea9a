"""The limit of a server does not grow with its workers, nor with those that are replaced."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from getme_server.limiting.opening import own_limits
from getme_server.limiting.rates import read_rates
from getme_server.limiting.shared_limits import answer_takes
from getme_server.supervisor import Supervisor
from tests.integration.asking_worker import attempt_passwords
from tests.waiting import until

WORKERS = 2
LIMIT = 10
STOP_SECONDS = 10.0


@contextmanager
def attacked_server(results: Path) -> Iterator[None]:
    """A supervisor whose workers each have made their attempts."""
    rates = read_rates(password=f"{LIMIT} per hour", account="off", address="off")
    answers = partial(answer_takes, own_limits(rates))
    supervisor = Supervisor(
        partial(attempt_passwords, results), answers, WORKERS, stop_seconds=STOP_SECONDS
    )
    stopping = threading.Event()
    supervisor.start(stopping)
    running = threading.Thread(target=supervisor.run, args=(stopping,))
    running.start()
    try:
        yield
    finally:
        stopping.set()
        running.join()
        supervisor.stop()


def counts(results: Path) -> list[int]:
    texts = [path.read_text() for path in results.iterdir()]
    return [int(text) for text in texts if text]


def test_two_workers_let_through_as_many_attempts_as_one(tmp_path: Path) -> None:
    with attacked_server(tmp_path):
        assert len(counts(tmp_path)) == WORKERS
        assert sum(counts(tmp_path)) == LIMIT


def test_a_worker_that_replaces_another_goes_on_with_what_was_counted(tmp_path: Path) -> None:
    with attacked_server(tmp_path):
        for worker in workers():
            os.kill(worker, signal.SIGKILL)
        assert until(lambda: len(counts(tmp_path)) == 2 * WORKERS)
        assert sum(counts(tmp_path)) == LIMIT


def workers() -> list[int]:
    children = psutil.Process().children()
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
