"""A worker process that makes attempts, and tells how many of them got through."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

from getme_server.limiting.shared_limits import SharedLimits
from tests.unit.limiting.taking import passed_at_once

ATTEMPTS = 50


def attempt_passwords(
    results: Path, _number: int, to_supervisor: Connection, attempts: Connection
) -> None:
    """Makes ATTEMPTS at once, leaves the figure in a new file of results, and waits for its end."""
    count = passed_at_once([SharedLimits(attempts)], ATTEMPTS)
    number = len(list(results.iterdir()))
    (results / f"{threading.get_native_id()}-{number}").write_text(str(count))
    to_supervisor.send(None)
    threading.Event().wait()
