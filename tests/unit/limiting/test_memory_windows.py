"""Memory is bounded: what is over is forgotten, and what is under attack is not."""

import threading
from concurrent.futures import ThreadPoolExecutor

from getme_server.limiting.memory_windows import MemoryWindows
from tests.unit.limiting.taking import Clock

MINUTE = 60


def test_a_window_is_forgotten_when_its_last_attempt_is_out_of_it() -> None:
    clock = Clock()
    windows = MemoryWindows(clock)
    for number in range(100_000):
        assert windows.acquire_entry(str(number), 10, MINUTE)
    clock.now += MINUTE + 1
    assert windows.acquire_entry("another", 10, MINUTE)
    assert windows.reset() == 1


def test_of_too_many_windows_the_one_asked_for_least_recently_is_forgotten() -> None:
    windows = MemoryWindows(Clock(), max_windows=100)
    assert windows.acquire_entry("attacked", 1, MINUTE)
    for number in range(1_000):
        assert windows.acquire_entry(str(number), 1, MINUTE)
        assert not windows.acquire_entry("attacked", 1, MINUTE)
    assert windows.acquire_entry("0", 1, MINUTE)
    assert windows.reset() == 100


def test_a_window_that_is_only_looked_at_stays_too() -> None:
    windows = MemoryWindows(Clock(), max_windows=100)
    assert windows.acquire_entry("attacked", 1, MINUTE)
    for number in range(1_000):
        assert windows.acquire_entry(str(number), 1, MINUTE)
        assert windows.get_moving_window("attacked", 1, MINUTE)[1] == 1


def test_a_window_tells_its_oldest_attempt_and_how_many_there_are() -> None:
    clock = Clock()
    windows = MemoryWindows(clock)
    assert windows.get_moving_window("ada", 10, MINUTE) == (clock.now, 0)
    for _ in range(3):
        assert windows.acquire_entry("ada", 10, MINUTE)
        clock.now += 25
    assert windows.get_moving_window("ada", 10, MINUTE) == (clock.now - 50, 2)


def test_attempts_are_taken_all_or_none() -> None:
    windows = MemoryWindows(Clock())
    assert not windows.acquire_entry("ada", 10, MINUTE, amount=11)
    assert windows.acquire_entry("ada", 10, MINUTE, amount=8)
    assert not windows.acquire_entry("ada", 10, MINUTE, amount=3)
    assert windows.acquire_entry("ada", 10, MINUTE, amount=2)


def test_a_cleared_window_is_empty() -> None:
    windows = MemoryWindows(Clock())
    assert windows.acquire_entry("ada", 1, MINUTE)
    windows.clear("ada")
    windows.clear("nobody")
    assert windows.acquire_entry("ada", 1, MINUTE)
    assert windows.check()


def test_threads_that_find_a_window_run_out_do_not_get_two_of_it() -> None:
    clock = Clock()
    windows = MemoryWindows(clock)
    together = threading.Barrier(32)

    def acquire(_number: int) -> bool:
        together.wait()
        return windows.acquire_entry("ada", 1, MINUTE)

    with ThreadPoolExecutor(32) as pool:
        for _ in range(50):
            assert sum(pool.map(acquire, range(32))) == 1
            clock.now += MINUTE + 1
