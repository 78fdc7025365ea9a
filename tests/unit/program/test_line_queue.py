"""Lines for a pipe: in order, in time, and without waiting for who reads it."""

import os
from collections.abc import Iterator

import pytest

from getme.program.line_queue import Dropped, LineQueue

PATIENCE_SECONDS = 15
MUCH = "m" * 200_000 + "\n"  # more than a pipe holds
ROOM = 300_000


def told(dropped: Dropped) -> str:
    return f"lost {dropped.lines} and {dropped.kept_lines}\n"


class Pipe:
    """A pipe with a queue before it, and what was read of it."""

    def __init__(self) -> None:
        self.reads, self.writes = os.pipe()
        self.queue = LineQueue(
            self.writes, encoding="ascii", room=ROOM, kept_room=2 * ROOM, told=told
        )
        self.rest = b""

    def stall(self) -> None:
        """Has the thread hang in a line, of which only the beginning is read."""
        self.queue.put(MUCH)
        self.rest += os.read(self.reads, 1)

    def line(self) -> str:
        """The next one. Waits for it."""
        while b"\n" not in self.rest:
            self.rest += os.read(self.reads, 65_536)
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode("ascii")


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.reads)  # ends a write, too
    pipe.queue.wait(PATIENCE_SECONDS)
    os.close(pipe.writes)


def test_lines_come_in_order_in_the_encoding_of_the_file(pipe: Pipe) -> None:
    pipe.queue.put("one\n")
    pipe.queue.put_kept("two\n")
    pipe.queue.put("drei \ud800 ü\n")
    assert [pipe.line() for _ in range(3)] == ["one", "two", r"drei \ud800 \xfc"]


def test_what_finds_no_room_is_told_of_in_its_place(pipe: Pipe) -> None:
    pipe.stall()
    pipe.queue.put("before\n")
    for _ in range(3):
        pipe.queue.put(MUCH)
    assert [pipe.line() for _ in range(3)] == [MUCH.strip(), "before", "lost 3 and 0"]
    pipe.queue.put("afterwards\n")
    assert pipe.line() == "afterwards"


def test_all_that_was_dropped_is_counted_though_it_was_told_of(pipe: Pipe) -> None:
    for times in (1, 2):
        pipe.stall()
        pipe.queue.put_kept(MUCH)
        for _ in range(2):
            pipe.queue.put(MUCH)
            pipe.queue.put_kept(MUCH)
        assert pipe.queue.dropped == Dropped(lines=2 * times, kept_lines=2 * times)
        assert [pipe.line() for _ in range(3)] == [MUCH.strip(), MUCH.strip(), "lost 2 and 2"]


def test_a_loss_is_told_of_though_no_line_comes_after_it(pipe: Pipe) -> None:
    pipe.stall()
    pipe.queue.put(MUCH)
    assert [pipe.line() for _ in range(2)] == [MUCH.strip(), "lost 1 and 0"]


def test_a_line_that_is_to_be_kept_finds_room_where_others_do_not(pipe: Pipe) -> None:
    pipe.stall()
    pipe.queue.put(MUCH)
    for _ in range(3):
        pipe.queue.put_kept(MUCH)
    assert [pipe.line() for _ in range(3)] == [MUCH.strip(), MUCH.strip(), "lost 1 and 2"]


def test_the_end_waits_for_what_is_being_read(pipe: Pipe) -> None:
    pipe.queue.put("last\n")
    assert pipe.queue.wait(PATIENCE_SECONDS) < PATIENCE_SECONDS
    assert pipe.line() == "last"


def test_the_end_waits_no_longer_than_it_may_where_nobody_reads(pipe: Pipe) -> None:
    pipe.stall()
    assert 0.05 <= pipe.queue.wait(0.05) < PATIENCE_SECONDS


def test_a_reader_that_is_gone_ends_nothing() -> None:
    reads, writes = os.pipe()
    queue = LineQueue(writes, encoding="ascii", room=ROOM, kept_room=ROOM, told=told)
    os.close(reads)
    for _ in range(2):
        queue.put("for nobody\n")
        assert queue.wait(PATIENCE_SECONDS) < PATIENCE_SECONDS
    os.close(writes)
