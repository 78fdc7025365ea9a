"""Where in a store a text stands, in whichever table."""

from getme_server.stores.location import Location, SqliteLocation
from tests.integration.tables import Tables


def places_of(text: str, tables: Tables, location: Location) -> list[str]:
    """The table of each row that has this text in a cell."""
    if isinstance(location, SqliteLocation):
        names = tables("SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        of_keyspace = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"
        names = tables(of_keyspace, location.keyspace)
    return sorted(
        name
        for (name,) in names
        for row in tables(f"SELECT * FROM {name}")  # noqa: S608  # the database says its names
        if text in row
    )
