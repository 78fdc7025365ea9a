"""The tables of what answers from memory bring and cost: clients, invalidations, bytes."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.client_speed import ClientSpeed
from bench.invalidation_lag import Lag
from bench.memory_per_user import PerUser
from bench.watched_server import CALLS_A_SECOND, State


class MemoryFigures(NamedTuple):
    """watched: a server without watchers and with them."""

    clients: Sequence[ClientSpeed]
    lags: Sequence[Lag]
    watched: Sequence[State]
    per_user: Sequence[PerUser]


def memory_tables(figures: MemoryFigures) -> list[str]:
    """The lines of all four."""
    return [
        *_client_table(figures.clients),
        *_lag_table(figures.lags),
        *_watched_table(figures.watched),
        *_per_user_table(figures.per_user),
    ]


def _client_table(rows: Sequence[ClientSpeed]) -> list[str]:
    lines = [
        "## Calls of a client, answered from its memory",
        "",
        (
            "`get_me` with `cache=True` beside a running server, 300 tokens in turn, the client on"
            " one core (`bench/client_speed.py`)."
        ),
        "",
        "| client | calls/s | CPU per call | asked the server |",
        "| --- | ---: | ---: | ---: |",
    ]
    for row in rows:
        rate = row.calls_a_second
        lines.append(
            f"| {row.title} | {rate.median:,.0f} ({rate.least:,.0f}-{rate.most:,.0f})"
            f" | {row.cpu_microseconds:.2f} us | {row.asked:.4%} |"
        )
    return [*lines, ""]


def _lag_table(rows: Sequence[Lag]) -> list[str]:
    lines = [
        "## How soon watching clients hear of a change",
        "",
        (
            f"From the acknowledgement of UpdateMe to the moment when a stream of"
            f" WatchInvalidations tells of it, over {rows[0].changes} changes and all streams"
            " (`bench/invalidation_lag.py`). One worker, Cassandra. All streams are read by one"
            " Python process on the load's core, whose work for each of them is in the lag too."
        ),
        "",
        "| changed at | watchers | p50 | p99 | most |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.changed_at} | {row.watchers:,} | {row.p50_ms:.1f} ms | {row.p99_ms:.1f} ms"
        f" | {row.most_ms:.1f} ms |"
        for row in rows
    ]
    return [*lines, ""]


def _watched_table(rows: Sequence[State]) -> list[str]:
    lines = [
        "## What watching clients cost a server",
        "",
        (
            "Polls of the log and heartbeats, while nothing changes (`bench/watched_server.py`)."
            f" GetMe from memory, {CALLS_A_SECOND} calls a second, meanwhile; CPU without it."
        ),
        "",
        "| watchers | CPU, of a core | threads | memory | GetMe p50 | GetMe p99 |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.watchers:,} | {row.cpu_share:.1%} | {row.threads} | {row.resident_mib:.0f} MiB"
        f" | {row.p50_ms:.1f} ms | {row.p99_ms:.1f} ms |"
        for row in rows
    ]
    return [*lines, ""]


def _per_user_table(rows: Sequence[PerUser]) -> list[str]:
    lines = [
        f"## Memory for each of {rows[0].entries:,} remembered users",
        "",
        (
            "What the process grows by, and what the cache counts to keep within its bounds"
            " (`python -m bench.memory_per_user`)."
        ),
        "",
        "| what is remembered | measured | counted | measured, of counted |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.title} | {row.measured:,.0f} B | {row.weighed:,.0f} B"
        f" | {row.measured / row.weighed:.2f} |"
        for row in rows
    ]
    return [*lines, ""]
