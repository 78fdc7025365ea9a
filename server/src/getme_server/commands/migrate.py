"""`getme-server migrate`: makes the keyspace and tables that are missing."""

import typer

from getme.program.settings import load
from getme_server.settings import ServerSettings
from getme_server.stores import opening
from getme_server.stores.location import read_location
from getme_server.wiring import cassandra_login


def migrate() -> None:
    """Make the keyspace and the tables that are missing; leave alone what is there."""
    settings = load(ServerSettings)
    done = opening.migrate(read_location(settings.store), cassandra_login(settings))
    for line in done or ["nothing to do: all tables are there"]:
        typer.echo(line)
