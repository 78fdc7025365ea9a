"""The driver's errors in a few words, for the log."""

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable

DRIVER_ERRORS = (DriverException, NoHostAvailable)


def describe(failed: Exception) -> str:
    """Kind and text of an error, without the caller's parameters."""
    return f"{type(failed).__name__}: {failed}"[:300]
