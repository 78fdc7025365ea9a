"""A server that kills itself with SIGKILL at a step that it is told, as a power failure would.

It is built as `getme-server serve` builds it with one worker; only the way to the store burns a
fuse, by two steps for each write: before and after a statement that changes something, or a batch
of one partition, is sent to Cassandra; before the last statement of a transaction of SQLite, when
all others are carried out, and after its end.
"""

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

from getme.program.listening import ClaimedAddress
from getme.program.logs import configure_logs
from getme.program.settings import load
from getme_server.accounts.failed_attempts import Later
from getme_server.commands.key_source import key_source
from getme_server.deadline import Deadline
from getme_server.freshness.change_board import ChangeBoard, board_memory
from getme_server.limiting.opening import own_limits
from getme_server.running_server import Server
from getme_server.settings import ServerSettings
from getme_server.stores import opening
from getme_server.stores.cassandra import connection
from getme_server.stores.cassandra.answer import Rows
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.sqlite import connections
from getme_server.wiring import attempt_rates, build_server, stop_times
from getme_server.worker import run_until
from tests.servers.programs import environment


class Fuse:
    """Ends this process at the step that comes after so many others from when it is lit."""

    def __init__(self) -> None:
        self._others: int | None = None

    def light(self, others: int) -> None:
        self._others = others

    def step(self) -> None:
        if self._others is None:
            return
        if self._others == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._others -= 1


def serve_until_dead(settings: Mapping[str, str], log: Path, orders: Connection) -> None:
    """Answers calls in a process of its own, which ends at the latest when the tests' does.

    Tells orders its address; then takes from them when to die, and says so each time.
    """
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment(settings))
    read = load(ServerSettings)
    configure_logs(log_format="json", level=read.log_level)
    claim = ClaimedAddress(read.listen, setting="GETME_LISTEN")
    claim.release()
    fuse, stopping = Fuse(), threading.Event()

    def ready(server: Server) -> None:
        orders.send(str(claim.listen))
        rest = (server.later, fuse, stopping)
        threading.Thread(target=_obey, args=(orders, *rest), daemon=True).start()

    with (
        patch.object(opening, "Connections", _burning_sqlite(fuse)),
        patch.object(connection, "CassandraConnection", _burning_cassandra(fuse)),
    ):
        server = build_server(
            read,
            key_source(read, dev=False),
            own_limits(attempt_rates(read)),
            ChangeBoard(board_memory(1), worker=0, workers=1),
            certificate=None,
            store_may_be_away=False,
        )
    run_until(server, claim.listen, stopping, ready, stop_times(read))


def _obey(orders: Connection, later: Later, fuse: Fuse, stopping: threading.Event) -> None:
    with suppress(EOFError, OSError):
        while True:
            others = orders.recv()
            _let_finish(later)
            fuse.light(others)
            orders.send(None)
    stopping.set()


def _let_finish(later: Later) -> None:
    """Waits for what earlier calls have left to be written, which is no step of the next one."""
    written = threading.Event()
    later(lambda _deadline: written.set())
    written.wait()


def _burning_sqlite(fuse: Fuse) -> type[connections.Connections]:
    class BurningConnections(connections.Connections):
        def write(
            self, statements: Iterable[connections.Statement], deadline: Deadline
        ) -> list[int]:
            changed = super().write(self._burning(statements), deadline)
            fuse.step()
            return changed

        def _burning(
            self, statements: Iterable[connections.Statement]
        ) -> Iterator[connections.Statement]:
            *others, last = statements
            yield from others
            fuse.step()
            yield last

    return BurningConnections


def _burning_cassandra(fuse: Fuse) -> type[connection.CassandraConnection]:
    class BurningConnection(connection.CassandraConnection):
        def rows(
            self,
            statement: Statement,
            values: Sequence[Any],
            deadline: Deadline,
            *,
            level: int | None = None,
        ) -> Rows:
            if statement.is_read:
                return super().rows(statement, values, deadline, level=level)
            fuse.step()
            answer = super().rows(statement, values, deadline, level=level)
            fuse.step()
            return answer

        def batch(
            self,
            writes: Sequence[tuple[Statement, Sequence[Any]]],
            deadline: Deadline,
            *,
            level: int,
        ) -> Rows:
            fuse.step()
            answer = super().batch(writes, deadline, level=level)
            fuse.step()
            return answer

    return BurningConnection
