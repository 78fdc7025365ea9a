"""The tables of what a process takes before and beside its calls: time to start, memory."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.measure import Spread
from bench.start_time import StartTime
from bench.worker_memory import WorkerMemory


class Footprint(NamedTuple):
    """What programs take."""

    starts: Sequence[StartTime]
    workers: Sequence[WorkerMemory]


def footprint_tables(footprint: Footprint) -> list[str]:
    """The lines of both."""
    return [*_start_table(footprint.starts), *_worker_table(footprint.workers)]


def _start_table(rows: Sequence[StartTime]) -> list[str]:
    lines = [
        "## Time to start",
        "",
        (
            "From the start of the process until GetMe was answered, one worker, on one core"
            " (`bench/start_time.py`). The server on SQLite; the gateway before it."
        ),
        "",
        "| modules | `getme-server serve` | `getme-gateway serve` |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {row.title} | {_seconds(row.server)} | {_seconds(row.gateway)} |" for row in rows]
    return [*lines, ""]


def _worker_table(rows: Sequence[WorkerMemory]) -> list[str]:
    lines = [
        f"## Memory of a worker after calls of {rows[0].users:,} users",
        "",
        (
            "One call of each, over gRPC, each with a token of its own"
            " (`bench/worker_memory.py`); what the process holds, by RSS."
        ),
        "",
        "| its memory of users and answers | before | after |",
        "| --- | ---: | ---: |",
    ]
    lines += [
        f"| {row.title} | {row.empty_mib:.0f} MiB | {row.filled_mib:.0f} MiB |" for row in rows
    ]
    return [*lines, ""]


def _seconds(spread: Spread) -> str:
    return f"{spread.median:.2f} s ({spread.least:.2f}-{spread.most:.2f})"
