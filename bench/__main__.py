"""`python -m bench`: measures, writes bench/RESULTS.md and the plots in docs/images."""

import argparse
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.client_speed import measure_client_speed
from bench.crowds import Crowd, measure_crowds
from bench.databases import Databases, filled_databases
from bench.footprint_tables import Footprint
from bench.import_rate import measure_import
from bench.invalidation_lag import measure_lag
from bench.latency_at_rates import RatedSubject, measure_rates
from bench.latency_plot import draw_latencies
from bench.load import LoadFailed, keep_to_the_load_s_core, require_tools
from bench.machine import machine
from bench.measure import Measured, measure
from bench.memory_per_user import DEFAULT_ENTRIES, measure_memory
from bench.memory_tables import MemoryFigures
from bench.people import TokenFiles, accounts
from bench.plot import draw
from bench.report import Figures, ImportFigures, Rounds, write_report
from bench.sign_in_storm import measure_storm
from bench.start_time import measure_starts
from bench.starter import Starter
from bench.subjects import GO_GRPC, GO_REST, Missing, make_subjects
from bench.watched_server import measure_watched_server
from bench.worker_memory import DEFAULT_USERS, measure_worker_memory
from bench.workers import measure_workers
from getme_server.accounts.account import Account

_ROOT = Path(__file__).resolve().parent.parent
_QUICK_ROUNDS, _QUICK_SECONDS = 2, 1.0
_IMPORT_ROWS, _QUICK_IMPORT_ROWS = 500_000, 20_000
_QUICK_ENTRIES = 20_000
_QUICK_CALLED_USERS = 10_000
_QUICK_CHANGES = 10
_SHORT_ROUNDS, _QUICK_SHORT_ROUNDS = Rounds(2, 1.0), Rounds(1, 0.5)  # at rates, of crowds
_CLIENT_SECONDS = 2.0  # a million calls or more are as good as more of them


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="for each subject in each round")
    parser.add_argument("--import-rows", type=int, default=_IMPORT_ROWS)
    parser.add_argument("--changes", type=int, default=60, help="that watchers are told of")
    parser.add_argument("--watch-seconds", type=float, default=8, help="beside idle watchers")
    parser.add_argument("--entries", type=int, default=DEFAULT_ENTRIES, help="in each memory")
    parser.add_argument("--called-users", type=int, default=DEFAULT_USERS, help="of a worker")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement")
    parser.add_argument("--only", default="", help="subjects with this text in their name")
    parser.add_argument("--results", type=Path, default=_ROOT / "bench" / "RESULTS.md")
    parser.add_argument("--plots", type=Path, default=_ROOT / "docs" / "images", help="a folder")
    arguments = parser.parse_args()
    arguments.short_rounds = _QUICK_SHORT_ROUNDS if arguments.quick else _SHORT_ROUNDS
    if arguments.quick:
        arguments.rounds, arguments.seconds = _QUICK_ROUNDS, _QUICK_SECONDS
        arguments.import_rows, arguments.entries = _QUICK_IMPORT_ROWS, _QUICK_ENTRIES
        arguments.called_users = _QUICK_CALLED_USERS
        arguments.changes, arguments.watch_seconds = _QUICK_CHANGES, _QUICK_SECONDS
    return arguments


def _tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _run(arguments: argparse.Namespace) -> None:
    facts = [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("command", f"`{shlex.join(['python', '-m', 'bench', *sys.argv[1:]])}`"),
        *machine(),
    ]
    people = accounts()
    with tempfile.TemporaryDirectory(prefix="getme-bench-") as name:
        directory = Path(name)
        tokens = TokenFiles(directory, people)
        _tell("starting Cassandra")
        with filled_databases(directory, people) as databases:
            _tell("starting the subjects")
            with ExitStack() as stack:
                starter = Starter(databases, directory, stack)
                calls = _calls(arguments, starter, people[0], tokens)
                facts += _go_facts(starter, calls.rows)
            with ExitStack() as stack:
                memory = _memory(arguments, Starter(databases, directory, stack), tokens)
            _tell("several workers")
            with ExitStack() as stack:
                starter = Starter(databases, directory, stack)
                workers = measure_workers(
                    starter, tokens, rounds=arguments.rounds, seconds=arguments.seconds
                )
                _tell("sign-ins")
                storm = measure_storm(starter.asking_cassandra, tokens)
            footprint = _footprint(arguments, databases, directory, tokens)
    _tell(f"importing {arguments.import_rows:,} users, twice")
    imports = measure_import(arguments.import_rows)
    write_report(
        arguments.results,
        Figures(
            *calls, workers, ImportFigures(arguments.import_rows, imports), storm, memory, footprint
        ),
        facts=facts,
        rounds=Rounds(arguments.rounds, arguments.seconds),
        short_rounds=arguments.short_rounds,
    )
    arguments.plots.mkdir(parents=True, exist_ok=True)
    draw(arguments.plots / "cost-per-call.png", calls.rows, calls.missing)
    draw_latencies(arguments.plots / "latency-at-rates.png", calls.rated)
    _tell(f"wrote {arguments.results} and plots in {arguments.plots}")


class _Calls(NamedTuple):
    rows: list[Measured]
    missing: list[Missing]
    rated: list[RatedSubject]
    crowds: list[Crowd]


def _calls(
    arguments: argparse.Namespace, starter: Starter, person: Account, tokens: TokenFiles
) -> _Calls:
    """What calls of all subjects cost, and how long they take."""
    subjects, missing = make_subjects(
        starter, person, tokens, wanted=lambda name: arguments.only in name
    )
    for row in missing:
        _tell(f"not measured: {row.name}: {row.reason}")
    rows = measure(subjects, tokens, rounds=arguments.rounds, seconds=arguments.seconds, tell=_tell)
    number, seconds = arguments.short_rounds
    rated = measure_rates(rows, tokens, rounds=number, seconds=seconds, tell=_tell)
    _tell("more callers at once")
    crowds = measure_crowds(subjects, tokens, rounds=number, seconds=seconds)
    return _Calls(rows, missing, rated, crowds)


def _go_facts(starter: Starter, rows: Sequence[Measured]) -> list[tuple[str, str]]:
    measured = {row.subject.name for row in rows} & {GO_GRPC, GO_REST}
    return [("Go peers", starter.go_peers.version)] if measured else []


def _memory(arguments: argparse.Namespace, starter: Starter, tokens: TokenFiles) -> MemoryFigures:
    server = starter.server_on_cassandra()
    _tell("clients that answer from memory")
    clients = measure_client_speed(
        server, tokens, rounds=arguments.rounds, seconds=min(arguments.seconds, _CLIENT_SECONDS)
    )
    _tell("clients that watch")
    watched = measure_watched_server(server, tokens, seconds=arguments.watch_seconds)
    lags = measure_lag(server, starter, tokens, changes=arguments.changes)
    _tell(f"memory for {arguments.entries:,} users, in four forms")
    return MemoryFigures(clients, lags, watched, measure_memory(arguments.entries))


def _footprint(
    arguments: argparse.Namespace, databases: Databases, directory: Path, tokens: TokenFiles
) -> Footprint:
    _tell("time to start")
    starts = measure_starts(databases, directory, tokens, rounds=arguments.rounds)
    _tell(f"memory of workers after calls of {arguments.called_users:,} users")
    return Footprint(starts, measure_worker_memory(databases, arguments.called_users))


def main() -> None:
    """Runs the benchmark; what a person can mend is told in a line."""
    arguments = _arguments()
    # Without this, SIGTERM would leave Cassandra and the subjects behind.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit("bench: ended by SIGTERM"))
    try:
        require_tools()
        keep_to_the_load_s_core()
        _run(arguments)
    except (LoadFailed, RuntimeError, subprocess.SubprocessError) as failed:
        sys.exit(f"bench: {failed}")


if __name__ == "__main__":
    main()
