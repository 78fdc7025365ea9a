"""Whether a server and a gateway grow under load: memory, file descriptors, threads, over minutes.

A program of its own, for it takes longer than all of `make bench`: `python -m bench.growth`. First
every memory is filled to its bound; then come, in turn and at full speed, calls over gRPC that are
answered from memory or read, calls with tokens that were never seen, and requests to the gateway.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

from bench.databases import filled_databases
from bench.load import LoadFailed, keep_to_the_load_s_core, load, require_tools
from bench.machine import machine
from bench.people import TokenFiles, accounts
from bench.program import Program
from bench.starter import Starter
from bench.subjects import Protocol, Subject

_RESULTS = Path(__file__).with_name("GROWTH.md")
_USERS = 20_000  # more than the memories here hold
_FILL_SECONDS = 120.0  # of new tokens, of which a server remembers 100,000 at most
_PART_SECONDS = 3.0
_SMALL = {"GETME_CACHE_MEMORY": "4"}
_SMALL_GATEWAY = {"GETME_GATEWAY_CACHE_MEMORY": "4"}


class Sample(NamedTuple):
    """What a program holds at a moment. minutes: since the measured time began."""

    minutes: float
    resident_mib: float
    descriptors: int
    threads: int


def measure_growth(minutes: float, directory: Path) -> tuple[dict[str, list[Sample]], int]:
    """Samples of each program, and how many calls it was. Raises LoadFailed."""
    people = accounts(_USERS)
    tokens = TokenFiles(directory, people)
    with filled_databases(directory, people) as databases, ExitStack() as stack:
        starter = Starter(databases, directory, stack)
        server = starter.server_on_cassandra(_SMALL)
        gateway = starter.gateway_before(server, _SMALL_GATEWAY)
        programs = {"server": server.program, "gateway": gateway.program}
        known = Subject("getme", Protocol.GRPC, server.port, programs)
        new = Subject("getme, new tokens", Protocol.GRPC, server.port, programs, new_tokens=True)
        rest = Subject("getme gateway", Protocol.REST, gateway.port, programs)
        load(new, tokens, _FILL_SECONDS)
        load(rest, tokens, _PART_SECONDS)
        samples: dict[str, list[Sample]] = {name: [] for name in programs}
        calls = 0
        for minute in _until(minutes):
            for name, program in programs.items():
                samples[name].append(_sample(program, minute))
            calls += sum(load(one, tokens, _PART_SECONDS).calls for one in (known, new, rest))
        return samples, calls


def _until(minutes: float) -> Iterator[float]:
    begun = time.monotonic()
    while (passed := (time.monotonic() - begun) / 60) <= minutes:
        yield passed


def _sample(program: Program, minutes: float) -> Sample:
    return Sample(minutes, program.resident_mib(), program.descriptors(), program.threads())


def _table(samples: dict[str, list[Sample]]) -> list[str]:
    lines = [
        "| program | | at first | least | most | at last | growth |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, taken in samples.items():
        minutes = [sample.minutes for sample in taken]
        columns: list[tuple[str, Sequence[float]]] = [
            ("memory, MiB", [sample.resident_mib for sample in taken]),
            ("file descriptors", [sample.descriptors for sample in taken]),
            ("threads", [sample.threads for sample in taken]),
        ]
        for title, values in columns:
            slope = linear_regression(minutes, values).slope
            shown = (values[0], min(values), max(values), values[-1])
            cells = " | ".join(f"{value:,.0f}" for value in shown)
            lines.append(f"| {name} | {title} | {cells} | {slope:+.2f} a minute |")
    return lines


def main() -> None:
    """Measures, and writes bench/GROWTH.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--results", type=Path, default=_RESULTS)
    arguments = parser.parse_args()
    try:
        require_tools()
        keep_to_the_load_s_core()
        facts = [("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")), *machine()]
        with tempfile.TemporaryDirectory(prefix="getme-growth-") as name:
            samples, calls = measure_growth(arguments.minutes, Path(name))
    except (LoadFailed, RuntimeError) as failed:
        sys.exit(f"bench: {failed}")
    lines = [
        "# Whether it grows under load",
        "",
        (
            f"{arguments.minutes:g} minutes at full speed, {calls:,} calls, one worker on"
            " Cassandra and a gateway, all memories full before. Growth is the slope of a line"
            " through all samples. Written by `python -m bench.growth`; do not edit."
        ),
        "",
        *_table(samples),
        "",
        *(f"- {title}: {fact}" for title, fact in facts),
        "",
    ]
    arguments.results.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
