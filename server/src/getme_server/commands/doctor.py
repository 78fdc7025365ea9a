"""`getme-server doctor`: says what is reachable and what is in the way."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from getme.program.listening import ClaimedAddress, PortRefused
from getme.program.settings import ListenAddress, load
from getme_server.commands.keys import keys_of
from getme_server.settings import ServerSettings
from getme_server.stores.errors import StoreNotReady
from getme_server.tokens.errors import KeyRefused
from getme_server.wiring import open_store, store_answers


def doctor(
    *, dev: Annotated[bool, typer.Option("--dev", help="Look at the development key.")] = False
) -> None:
    """Look at the key, the store and the ports; exit with 1 if one of them will not do."""
    settings = load(ServerSettings)
    looks: dict[str, Callable[[], str]] = {
        "key": partial(_key, settings, dev=dev),
        "store": partial(_store, settings),
        "GETME_LISTEN": partial(_port, settings.listen, "GETME_LISTEN"),
        "GETME_METRICS_LISTEN": partial(_port, settings.metrics_listen, "GETME_METRICS_LISTEN"),
    }
    in_order = [_report(subject, look) for subject, look in looks.items()]
    if not all(in_order):
        raise typer.Exit(1)


def _report(subject: str, look: Callable[[], str]) -> bool:
    try:
        typer.echo(f"ok    {subject}: {look()}")
    except (KeyRefused, StoreNotReady, PortRefused) as trouble:
        typer.echo(f"FAIL  {subject}: {trouble}")
        return False
    return True


def _key(settings: ServerSettings, *, dev: bool) -> str:
    keys = keys_of(settings, dev=dev)
    return f"{len(keys.verifying)} of kind {keys.algorithm}, each strong enough"


def _store(settings: ServerSettings) -> str:
    store = open_store(settings)
    try:
        if not store_answers(store):
            raise StoreNotReady("it is there, but does not answer a read of the table users")
    finally:
        store.close()
    return f"{settings.store} answers"


def _port(address: ListenAddress, setting: str) -> str:
    ClaimedAddress(address, setting=setting).release()
    return f"{address} is free"
