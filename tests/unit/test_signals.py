"""What becomes of a signal while the main thread holds what is needed to act on it."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from getme_server.signals import Signals
from tests.waiting import until

SECONDS = 10.0


@pytest.fixture
def signals() -> Iterator[Signals]:
    before = signal.getsignal(signal.SIGUSR1)
    yield Signals()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGUSR1, before)


def test_a_lock_of_the_main_thread_is_waited_for_elsewhere(signals: Signals) -> None:
    lock, acted = threading.Lock(), threading.Event()

    def act() -> None:
        with lock:
            acted.set()

    signals.heed(signal.SIGUSR1, act)
    with lock:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert not acted.is_set()
    assert acted.wait(SECONDS)


def test_a_signal_that_another_thread_gets_wakes_nobody_and_is_heeded(signals: Signals) -> None:
    acted = threading.Event()
    signals.heed(signal.SIGUSR1, acted.set)
    stopping = threading.Event()
    other = threading.Thread(target=stopping.wait)
    other.start()
    try:
        assert other.ident is not None
        signal.pthread_kill(other.ident, signal.SIGUSR1)
        assert acted.wait(SECONDS)
    finally:
        stopping.set()
        other.join()


def test_an_action_that_fails_is_told_and_takes_no_later_one_along(signals: Signals) -> None:
    acted = threading.Event()
    actions = iter([fail, acted.set])

    def act() -> None:
        next(actions)()

    signals.heed(signal.SIGUSR1, act)
    with capture_logs() as lines:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert until(lambda: bool(lines))
    assert [line["event"] for line in lines] == ["bug"]
    os.kill(os.getpid(), signal.SIGUSR1)
    assert acted.wait(SECONDS)


def fail() -> None:
    raise RuntimeError
