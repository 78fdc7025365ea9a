"""What holds of a server whatever others do to it, or what befalls it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from getme.program.line_budget import LINES_A_SECOND
from tests.faults.odd_conditions.neighbour import Neighbour
from tests.faults.three_nodes.footprint import SLACK, Footprint, footprint, settled
from tests.servers.programs import Program

# Of the server and of gRPC, besides a line a call: what has begun and ended, and one a second.
OTHER_LINES = 20

figures: list[str] = []  # for the summary


@contextmanager
def unharmed(name: str, server: Program, *, is_first: bool = False) -> Iterator[Neighbour]:
    """Watches a server through a condition, and a neighbour's calls to it.

    At its end the same processes run, all calls of the neighbour were answered in time, the log is
    bounded, and the server holds as much as before. is_first: memory may grow, since it is the
    first of several times.
    """
    with Neighbour(server.address) as neighbour:
        processes, before, begun = _processes(server), footprint(server), time.monotonic()
        lines, errors = len(server.lines), len(server.errors)
        yield neighbour
    seconds = time.monotonic() - begun
    assert _processes(server) == processes
    assert neighbour.failures == []
    assert neighbour.answers > 1
    calls = [line for line in server.lines[lines:] if '"event":"call"' in line]
    unanswered = [line for line in calls if '"code":"OK"' not in line]
    others = len(server.lines) - lines - len(calls) + len(server.errors) - errors
    assert len(unanswered) <= LINES_A_SECOND * (seconds + 2)
    assert others <= OTHER_LINES + 2 * seconds, (server.lines[-9:], server.errors[-9:])
    room = before._replace(resident_megabytes=1 << 20) if is_first else before
    after = settled(server, room)
    assert after.within(room, SLACK), (before, after)
    figures.append(
        f"{name:<44} {seconds:5.1f} s; of {neighbour.answers} calls of a neighbour the slowest took"
        f" {neighbour.slowest * 1000:.0f} ms; {len(unanswered)} and {others} lines;"
        f" {_held(before)} before, {_held(after)} after"
    )


def _held(held: Footprint) -> str:
    return f"{held.resident_megabytes} MB, {held.files} files, {held.threads} threads"


def _processes(server: Program) -> set[int]:
    """Those that run now, the server's own among them."""
    process = psutil.Process(server.process.pid)
    return {process.pid, *(child.pid for child in process.children(recursive=True))}
