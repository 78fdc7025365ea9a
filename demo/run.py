"""The demo from its start to its end; the only place that puts its parts together."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from demo.addresses import free_addresses, listens, reachable
from demo.environment import left_aside, program_environment
from demo.errors import DemoError
from demo.page import Page
from demo.people import CREDENTIALS_FILE, USERS_FILE, edition, read_people
from demo.program import Program
from demo.rest import answer_for, is_ready
from demo.tokens import DemoTokens
from demo.watch import Watch


def run(data: Path, stopping: threading.Event) -> None:
    """Runs until stopping is set. Raises Stopped then, DemoError if something is in the way."""
    addresses = free_addresses(os.environ)
    environment = program_environment(os.environ, addresses)
    grpc = reachable(addresses["GETME_LISTEN"])
    gateway = reachable(addresses["GETME_GATEWAY_LISTEN"])
    _make_folder(data)
    tokens = DemoTokens(data, os.environ)
    for name in left_aside(os.environ):
        print(f"{name} is left aside: the demo keeps a store and a key of its own", flush=True)

    # The last one is ended first: the gateway before the server that it asks.
    with (
        Program(("getme-server", "serve", "--dev"), data / "server.log", environment) as server,
        Program(("getme-gateway", "serve"), data / "gateway.log", environment) as rest,
    ):
        watch = Watch((server, rest), stopping)
        # Before the gateway asks: gRPC waits a second after a refused connection.
        watch.until(lambda: listens(grpc), "the start of getme-server")
        _import_people(data, environment, watch)
        watch.until(lambda: is_ready(gateway), "the start of getme-gateway")
        people = read_people()
        issued = [tokens.token(person.user_id) for person in people]
        answers = [answer_for(gateway, token) for token in issued]
        print(Page(grpc, gateway, data, people, answers, issued[0]).text(), flush=True)
        watch.until_stopped()


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise DemoError(f"cannot make the folder {data}: {refused.strerror}") from refused


def _import_people(data: Path, environment: Mapping[str, str], watch: Watch) -> None:
    """Once for each edition of the files, as the command takes half a second."""
    imported, database = data / "imported", data / "getme.db"
    if imported.exists() and database.exists() and imported.read_text() == edition():
        return
    command = ("getme-server", "import")
    files = ("--users", str(USERS_FILE), "--credentials", str(CREDENTIALS_FILE))
    with Program((*command, *files), data / "import.log", environment) as importing:
        # Only here, and meanwhile: it takes 0.2 s, which no other start has to spend.
        from demo.passwords import give_passwords  # noqa: PLC0415

        watch.until(importing.ended, "the import of the demo's people")
    give_passwords(database)
    imported.write_text(edition())
