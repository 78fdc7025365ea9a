"""Latencies of the subjects at fixed rates of calls, the same for all.

A rate that a subject did not reach when it was called as fast as it answers is left out: what
such a subject shows is a queue that grows for as long as one looks.
"""

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from bench.load import LoadResult, paced_load
from bench.measure import Measured, fill
from bench.people import TokenFiles
from bench.subjects import SAME_HEADERS, Protocol

RATES = (250, 500, 1_000, 2_000, 4_000)  # calls a second
_OF_ITS_MOST = 0.95  # above this share of what a subject can, a queue is all that is seen


class Latency(NamedTuple):
    """At one rate: medians over the rounds. refused: the share of all calls."""

    p50_ms: float
    p99_ms: float
    refused: float


class RatedSubject(NamedTuple):
    """A subject's latencies, by rate, as far as it goes."""

    name: str
    protocol: Protocol
    latencies: dict[int, Latency]


def measure_rates(
    rows: Sequence[Measured],
    tokens: TokenFiles,
    *,
    rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> list[RatedSubject]:
    """One row for each subject, measured in turn. Raises LoadFailed."""
    rated = [row for row in rows if row.subject.name != SAME_HEADERS and not row.subject.new_tokens]
    done: dict[tuple[str, int], list[LoadResult]] = {}
    for number in range(1, rounds + 1):
        for rate in RATES:
            tell(f"round {number} of {rounds}: {rate:,} calls a second")
            for row in rated:
                if rate <= row.calls_a_second * _OF_ITS_MOST:
                    fill(row.subject, tokens)
                    result = paced_load(row.subject, tokens, seconds, rate=rate)
                    done.setdefault((row.subject.name, rate), []).append(result)
    return [
        RatedSubject(
            row.subject.name,
            row.subject.protocol,
            {
                rate: _latency(done[row.subject.name, rate])
                for rate in RATES
                if (row.subject.name, rate) in done
            },
        )
        for row in rated
    ]


def rates_table(rated: Sequence[RatedSubject]) -> list[str]:
    """The lines of the page."""
    lines = [
        "## Latency at fixed rates",
        "",
        (
            "p50 / p99 in ms, from when a call was due (`bench/paced_load.py`). Calls come at"
            " random moments; a dash: more than the subject can."
        ),
        "",
        "![p99 against rate](../docs/images/latency-at-rates.png)",
        "",
        "| subject | " + " | ".join(f"{rate:,}/s" for rate in RATES) + " |",
        "| --- |" + " ---: |" * len(RATES),
    ]
    for row in rated:
        cells = [_cell(row.latencies.get(rate)) for rate in RATES]
        lines.append(f"| {row.name} ({row.protocol.value}) | {' | '.join(cells)} |")
    return [*lines, ""]


def _cell(latency: Latency | None) -> str:
    if latency is None:
        return "-"
    text = f"{latency.p50_ms:.1f} / {latency.p99_ms:.1f}"
    if latency.refused:
        text += f", {latency.refused:.1%} refused"
    return text


def _latency(results: Sequence[LoadResult]) -> Latency:
    refused = sum(result.refused for result in results)
    calls = sum(result.calls for result in results)
    return Latency(
        median(result.p50_ms for result in results),
        median(result.p99_ms for result in results),
        refused / (calls + refused),
    )
