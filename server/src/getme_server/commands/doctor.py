"""`getme-server doctor`: says what is in the way, what is unsafe, and what mends it."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from getme.program.diagnosis import report
from getme.program.diagnosis.finding import Looked
from getme.program.diagnosis.report import FailOn
from getme.program.settings import load
from getme_server.commands.key_source import key_source
from getme_server.diagnosis.addresses import look_at_calls, look_at_metrics
from getme_server.diagnosis.certificates import look_at_tls
from getme_server.diagnosis.sign_in import look_at_limits, look_at_passwords
from getme_server.diagnosis.signing_key import look_at_key
from getme_server.diagnosis.store import look_at_store
from getme_server.settings import ServerSettings


def doctor(
    *,
    dev: Annotated[bool, typer.Option("--dev", help="Look at the development key.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
    fail_on: Annotated[
        FailOn, typer.Option(help="From which severity on the exit code is 1.")
    ] = FailOn.ERROR,
) -> None:
    """Look at the key, the store, TLS, the addresses, accounts and Redis.

    FAIL: calls fail, or will; the exit code is 1. WARN: it works and is unsafe, or will break.
    """
    settings = load(ServerSettings)
    looked = {subject: look() for subject, look in _looks(settings, dev=dev).items()}
    typer.echo(report.as_json(looked) if as_json else report.as_text(looked))
    if report.fails(looked, fail_on):
        raise typer.Exit(1)


def _looks(settings: ServerSettings, *, dev: bool) -> dict[str, Callable[[], Looked]]:
    """What is looked at, by subject, in the order in which it is told."""
    looks: dict[str, Callable[[], Looked]] = {
        "key": lambda: look_at_key(settings, lambda: key_source(settings, dev=dev).key_set()),
        "store": partial(look_at_store, settings),
        "tls": partial(look_at_tls, settings),
        "GETME_LISTEN": partial(look_at_calls, settings),
        "GETME_METRICS_LISTEN": partial(look_at_metrics, settings),
    }
    if settings.accounts:
        looks |= {
            "passwords": partial(look_at_passwords, settings),
            "limits": partial(look_at_limits, settings),
        }
    if settings.accounts or settings.redis_url is not None:
        # Here, not above: `serve` needs none of its client, which takes a while to import.
        from getme_server.diagnosis.redis_server import look_at_redis  # noqa: PLC0415

        looks["redis"] = partial(look_at_redis, settings)
    return looks
