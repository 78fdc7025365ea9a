"""Writes the results as a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.comparisons import compare
from bench.crowds import Crowd, crowds_table
from bench.footprint_tables import Footprint, footprint_tables
from bench.import_rate import RUNS, Run
from bench.latency_at_rates import RatedSubject, rates_table
from bench.load import CALLERS
from bench.measure import Measured, Spread
from bench.memory_tables import MemoryFigures, memory_tables
from bench.sign_in_storm import CALLS_A_SECOND, SIGN_INS, Storm
from bench.subjects import REST_FLOOR, SAME_HEADERS, Missing, Protocol
from bench.workers import Throughput

_HEAD = """\
# What a call costs

CPU time of the server for each GetMe call, as a multiple of bare grpcio with a constant answer
(the floor), measured in the same run. Written by `make bench`; do not edit.

![CPU per call, relative to bare grpcio](../docs/images/cost-per-call.png)
"""

_METHOD = """\
## How it was measured

- Core 0 is the server's alone: the subject that is called, on it all others idle. The load,
  Cassandra and the benchmark run on core 1.
- {callers} callers at once, each with its next call as soon as the last one is answered; over
  gRPC on 4 connections with a deadline of 5 s, over REST on {callers} connections.
- {rounds} rounds of {seconds:g} s over all subjects in turn, after a warm-up of each. Figures are
  medians over the rounds, in brackets the least and the most. A ratio is taken within a round.
- CPU time is that of the process and its children, user and system, from /proc. Gateway and
  server are counted apart and together; both run on core 0.
- Every answer over gRPC was checked to carry the user ID of its token; over REST the status of
  every answer, and the content of one. A single wrong answer ends the benchmark.
- 300 users, a token for each; every server sees the same tokens. getme-server runs one worker,
  the gateway one process, both with their defaults: access log, metrics and validation on.
- "from memory": with the defaults, on Cassandra; on SQLite it is the same code. Answers are
  remembered for a minute, so before each round every user is asked for once, uncounted. What
  keeps memory fresh is counted: polls of the log, streams to clients.
- "each call reads", "each request asks": nothing is remembered of users (`GETME_CACHE_TTL=0`,
  `GETME_GATEWAY_CACHE_MEMORY=0`), as where every answer must be the store's own. A token is
  still verified once and then remembered until it expires, except in "each call a new token",
  where no token comes twice; there its revocation is looked up too.
- Both floors of REST answer the same body. "with the same headers" sends as many and as long
  headers as the gateway: granian's cost for each header is what separates the two.
- Rows of getme on Cassandra with the same settings share one server, the REST row included, so
  that its memory is the same in all of them.
- The usual services (`bench/peers/`) verify each token with PyJWT and read Cassandra with
  `session.execute`. FastAPI runs on uvicorn with uvloop and httptools, without an access log.
- The Go services (`bench/peers/go/`) do the same with golang-jwt and gocql, one SELECT a call,
  with the defaults of each library and one thread for Go code (`GOMAXPROCS=1`). grpc-gateway is a
  process of its own in front of grpc-go, as our gateway is; its row is both together.
- At fixed rates, and of more callers at once: {short_rounds} round(s) of {short_seconds:g} s, of
  which the medians are shown.

## What limits the meaning

- Only the ratios mean something elsewhere; microseconds are those of this machine.
- The gRPC load writes its frames itself and is easier on a server than a real client: called by
  ghz, the floor is 1.3 times as dear. That part is the same for all, so with such clients the
  ratios may be lower.
- Other work on the machine moves the ratios too: trust a run on an idle machine, whose spreads
  are small.
- Load, server and database share one machine and its loopback: there is no network in it.
- Latencies are those of a server that is kept as busy as {callers} callers can; where "busy" is
  well below 100 %, Cassandra or the load on core 1 was the limit, and calls a second are theirs.
- One Cassandra node with all rows in memory: what a read costs the *server* is what counts here.
"""


# Titles of the columns, by the floors that they refer to.
_OF_REST_FLOORS = {REST_FLOOR: "of the constant answer", SAME_HEADERS: "of the same with headers"}


class Rounds(NamedTuple):
    """How often each subject was measured, and for how many seconds each time."""

    number: int
    seconds: float


class ImportFigures(NamedTuple):
    """How imports of so many rows went, one after the other, in the order of RUNS."""

    rows: int
    runs: Sequence[Run]


class Figures(NamedTuple):
    """All that was measured. missing: rows that this machine could not measure."""

    rows: Sequence[Measured]
    missing: Sequence[Missing]
    rated: Sequence[RatedSubject]
    crowds: Sequence[Crowd]
    workers: Sequence[Throughput]
    imports: ImportFigures
    storm: Storm
    memory: MemoryFigures
    footprint: Footprint


def write_report(
    path: Path,
    figures: Figures,
    *,
    facts: Sequence[tuple[str, str]],
    rounds: Rounds,
    short_rounds: Rounds,
) -> None:
    """Writes the page. facts: of the machine and the run. short_rounds: at rates, of crowds."""
    method = _METHOD.format(
        callers=CALLERS,
        rounds=rounds.number,
        seconds=rounds.seconds,
        short_rounds=short_rounds.number,
        short_seconds=short_rounds.seconds,
    )
    tables = [
        *_tables(figures.rows, figures.missing),
        *_comparisons_table(figures.rows),
        *rates_table(figures.rated),
        *crowds_table(figures.crowds),
        *memory_tables(figures.memory),
        *_workers_table(figures.workers),
        *_storm_table(figures.storm),
        *_import_table(figures.imports),
        *footprint_tables(figures.footprint),
    ]
    path.write_text("\n".join([_HEAD, *tables, *_facts(facts), method]), "utf-8")


def _tables(rows: Sequence[Measured], missing: Sequence[Missing]) -> list[str]:
    lines: list[str] = []
    for protocol in Protocol:
        of_protocol = [row for row in rows if row.subject.protocol is protocol]
        lines += [f"## {protocol.value}", "", *_table(of_protocol)]
        lines += [
            f"| {row.name} | not measured: {row.reason} |"
            for row in missing
            if row.protocol is protocol
        ]
        lines.append("")
    return lines


def _comparisons_table(rows: Sequence[Measured]) -> list[str]:
    comparisons = compare(rows)
    lines = ["## One beside the other", "", "CPU per call, as a ratio within each round.", ""]
    lines += ["| subject | beside | ratio | wanted at most |", "| --- | --- | ---: | ---: |"]
    lines += [
        f"| {one.subject} | {one.beside} | {_ratio(one.ratio)}"
        f" | {'' if one.wanted is None else one.wanted} |"
        for one in comparisons
    ]
    return [*lines, ""] if comparisons else []


def _import_table(imports: ImportFigures) -> list[str]:
    lines = [
        f"## Import of {imports.rows:,} users into SQLite",
        "",
        "`getme-server import`, check and write together, on the load's core.",
        "",
        "| | rows/s | CPU per row | peak memory |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, run in zip(RUNS, imports.runs, strict=True):
        rate, cost = imports.rows / run.seconds, run.cpu_seconds / imports.rows * 1e6
        lines.append(f"| {name} | {rate:,.0f} | {cost:.0f} us | {run.peak_mib:.0f} MiB |")
    return [*lines, ""]


def _workers_table(workers: Sequence[Throughput]) -> list[str]:
    lines = [
        "## Several workers",
        "",
        "Calls a second, each reading Cassandra; server, load and Cassandra share both cores.",
        "",
        "| workers | calls/s | p99 |",
        "| ---: | ---: | ---: |",
    ]
    for row in workers:
        rate = row.calls_a_second
        lines.append(
            f"| {row.workers} | {rate.median:,.0f} ({rate.least:,.0f}-{rate.most:,.0f})"
            f" | {row.p99_ms.median:.1f} ms |"
        )
    return [*lines, ""]


def _storm_table(storm: Storm) -> list[str]:
    return [
        f"## {SIGN_INS} sign-ins at once",
        "",
        (
            f"GetMe, {CALLS_A_SECOND} calls a second, each reading Cassandra, before them and"
            f" beside them: {storm.calls:,} calls in the {storm.seconds:.1f} s until the last"
            f" sign-in was answered ({storm.seconds / SIGN_INS * 1_000:.0f} ms each, on the"
            f" server's one core). The server held {storm.most_resident_mib:.0f} MiB at most."
        ),
        "",
        "| GetMe | p50 | p99 | p99, as a multiple |",
        "| --- | ---: | ---: | ---: |",
        f"| calm | {storm.calm_p50_ms:.1f} ms | {storm.calm_p99_ms:.1f} ms | 1 |",
        (
            f"| beside sign-ins | {storm.p50_ms:.1f} ms | {storm.p99_ms:.1f} ms"
            f" | {storm.p99_ms / storm.calm_p99_ms:.1f} |"
        ),
        "",
    ]


def _table(rows: Sequence[Measured]) -> list[str]:
    rest_floors = [name for name in _OF_REST_FLOORS if name in rows[0].of_rest_floors]
    titles = ["subject", "of the floor", "CPU per call"]
    titles += [_OF_REST_FLOORS[name] for name in rest_floors]
    titles += ["calls/s", "busy", "p50", "p99", "memory"]
    lines = [_row(titles), _row(["---"] + ["---:"] * (len(titles) - 1))]
    for row in rows:
        cells = [row.subject.name, _ratio(row.of_floor), _microseconds(row)]
        cells += [_ratio(row.of_rest_floors[name]) for name in rest_floors]
        cells += [
            f"{row.calls_a_second:,.0f}",
            f"{row.busy:.0%}",
            f"{row.p50_ms:.1f} ms",
            f"{row.p99_ms:.1f} ms",
            " + ".join(f"{mib:.0f}" for mib in row.resident_mib.values()) + " MiB",
        ]
        lines.append(_row(cells))
        lines += _part_rows(row, len(titles))
    return lines


def _part_rows(row: Measured, columns: int) -> list[str]:
    """The parts of a subject that has several, each with its own share."""
    if len(row.parts) == 1:
        return []
    whole = sum(row.parts.values())
    return [
        _row(
            [
                f"of that, the {part}",
                f"{row.of_floor.median * microseconds / whole:.2f}",
                f"{microseconds:.0f} us",
                *[""] * (columns - 3),
            ]
        )
        for part, microseconds in row.parts.items()
    ]


def _ratio(spread: Spread) -> str:
    return f"**{spread.median:.2f}** ({spread.least:.2f}-{spread.most:.2f})"


def _microseconds(row: Measured) -> str:
    spread = row.microseconds
    return f"{spread.median:.0f} us ({spread.least:.0f}-{spread.most:.0f})"


def _facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    lines = [_row([name, value]) for name, value in facts]
    return ["## Where and when", "", _row(["", ""]), _row(["---", "---"]), *lines, ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
