"""`getme-server migrate`: makes the keyspace and tables that are missing."""

from typing import Annotated

import typer

from getme.program.settings import load
from getme_server.settings import ServerSettings
from getme_server.stores import opening
from getme_server.stores.location import read_location
from getme_server.wiring import cassandra_login


def migrate(
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; exit with 1 if there is something to do."),
    ] = False,
) -> None:
    """Make the keyspace and the tables that are missing; leave alone what is there."""
    settings = load(ServerSettings)
    location, login = read_location(settings.store), cassandra_login(settings)
    outlook = opening.pending(location, login)
    for note in outlook.notes:
        typer.echo(f"note: {note}")
    lines = outlook.changes
    if lines and not check:
        lines = opening.migrate(location, login)
    for line in lines or ["nothing to do: all tables are there"]:
        typer.echo(line)
    if check and lines:
        raise typer.Exit(1)
