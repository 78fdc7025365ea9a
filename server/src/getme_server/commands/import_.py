"""`getme-server import`: takes users and credentials from CSV files, in KillrVideo's columns.

Both files are checked from end to end before the first row is written.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from getme.program.settings import load
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.accounts.store import ImportCount, ImportStore
from getme_server.csv_import.check import CheckedFile, check
from getme_server.csv_import.faults import ImportRefused
from getme_server.csv_import.formats import CREDENTIALS, USERS, Format, Record
from getme_server.csv_import.records import RecordFile
from getme_server.settings import ServerSettings
from getme_server.stores.location import CassandraLogin, Location, read_location
from getme_server.stores.opening import open_import_store
from getme_server.wiring import cassandra_login

_EXTRA_COLUMNS_SHOWN = 5


def import_(
    users: Annotated[
        Path,
        typer.Option(
            "--users",
            metavar="FILE.csv",
            help=f"Columns, in any order: {', '.join(USERS.columns)}.",
        ),
    ],
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials",
            metavar="FILE.csv",
            help=f"Columns, in any order: {', '.join(CREDENTIALS.columns)}.",
        ),
    ] = None,
) -> None:
    """Add the users of a CSV file; leave alone those who are there already."""
    settings = load(ServerSettings)
    login = cassandra_login(settings)
    run(read_location(settings.store), login, users, credentials, Console(stderr=True))


def run(
    location: Location,
    login: CassandraLogin,
    users: Path,
    credentials: Path | None,
    console: Console,
) -> None:
    """Imports the files, and prints what came of it. console: shows progress, if a terminal.

    Raises ImportRefused if a file is bad or the store fails on the way, StoreNotReady.
    """
    with open_import_store(location, login) as store:
        _check_files(users, credentials, console)
        _write_files(store, users, credentials, console)


def _check_files(users: Path, credentials: Path | None, console: Console) -> None:
    """Tells what is odd about the files. Raises ImportRefused with the faults of both."""
    with _progress(console) as progress:
        checked = [_check(users, USERS, progress)]
        if credentials is not None:
            checked.append(_check(credentials, CREDENTIALS, progress))
    faults = [line for file in checked for line in file.faults.lines()]
    if faults:
        raise ImportRefused("\n".join([*faults, "nothing was written"]))
    for file in checked:
        for note in _notes(file):
            typer.echo(f"{file.faults.path}: {note}")


def _check(path: Path, file_format: Format[Record], progress: Progress) -> CheckedFile:
    return check(RecordFile(path, file_format, _bar(progress, "checking", path)))


def _write_files(
    store: ImportStore, users: Path, credentials: Path | None, console: Console
) -> None:
    _write(store.add_accounts, users, USERS, console)
    if credentials is not None:
        _write(store.add_credentials, credentials, CREDENTIALS, console)


def _write(
    add: Callable[[Iterable[Record]], ImportCount],
    path: Path,
    file_format: Format[Record],
    console: Console,
) -> None:
    try:
        with _progress(console) as progress:
            file = RecordFile(path, file_format, _bar(progress, "writing", path))
            added, kept = add(file.records())
    except StoreUnavailable as failed:
        raise ImportRefused(
            f"{path}: the store failed while it was written ({failed.cause}); import the same"
            " again later: rows that are there by then are left alone"
        ) from failed
    typer.echo(f"{file_format.name}: {added + kept} rows, {added} added, {kept} already there")


def _notes(file: CheckedFile) -> Iterable[str]:
    """What is odd about a good file, in a line each."""
    extra = file.extra_columns
    if extra:
        # repr, because a header may hold anything, such as a terminal's escape sequences
        names = ", ".join(map(repr, extra[:_EXTRA_COLUMNS_SHOWN]))
        more = ", ..." if len(extra) > _EXTRA_COLUMNS_SHOWN else ""
        yield f"columns that getme does not keep are left out: {names}{more}"
    if file.unknown_statuses:
        yield (
            f"rows with an account_status that getme does not know, which grants nothing and bars"
            f" nobody: {file.unknown_statuses} (it knows {', '.join(sorted(KNOWN_STATUSES))})"
        )


def _progress(console: Console) -> Progress:
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _bar(progress: Progress, verb: str, path: Path) -> Callable[[int], None]:
    """A new bar that fills as the bytes of the file are read."""
    try:
        size_bytes = path.stat().st_size
    except OSError:
        size_bytes = None  # whoever reads the file will say what is wrong with it
    task = progress.add_task(escape(f"{verb} {path.name}"), total=size_bytes)
    return lambda count: progress.advance(task, count)
