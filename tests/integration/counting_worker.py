"""Worker processes that tell how often they were asked: at once, or only when a file is there."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

from getme_server.figures import Figures
from tests.waiting import until

FOREVER_SECONDS = 60.0
ASKED = ("asked", "")
ASKED_AGAIN = ("asked again", "")  # before it had answered


def tell_counts(waits_for: Path, number: int, to_supervisor: Connection, _asks: Connection) -> None:
    """Tells them; all but the first worker wait for the file first."""
    figures = Figures()
    to_supervisor.send(None)
    while True:
        try:
            to_supervisor.recv()
        except EOFError:
            threading.Event().wait()  # for its end
        figures.attempts[ASKED] += 1
        if number > 0:
            until(waits_for.exists, FOREVER_SECONDS)
        figures.attempts[ASKED_AGAIN] += to_supervisor.poll()
        to_supervisor.send(figures)
