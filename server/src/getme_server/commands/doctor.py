"""`getme-server doctor`: says what is in the way, what is unsafe, and what mends it."""

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from getme.program.settings import load
from getme_server.commands.key_source import key_source
from getme_server.diagnosis.addresses import look_at_calls, look_at_metrics
from getme_server.diagnosis.certificates import look_at_tls
from getme_server.diagnosis.finding import Looked, Severity
from getme_server.diagnosis.sign_in import look_at_limits, look_at_passwords
from getme_server.diagnosis.signing_key import look_at_key
from getme_server.diagnosis.store import look_at_store
from getme_server.settings import ServerSettings

_WORDS = {Severity.ERROR: "FAIL ", Severity.WARNING: "WARN ", Severity.NOTE: "note "}


class FailOn(StrEnum):
    """From which severity on the command fails."""

    ERROR = "error"
    WARNING = "warning"


_FAILING = {
    FailOn.ERROR: {Severity.ERROR},
    FailOn.WARNING: {Severity.ERROR, Severity.WARNING},
}


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
    typer.echo(_as_json(looked) if as_json else "\n".join(_as_text(looked)))
    found = {finding.severity for one in looked.values() for finding in one.findings}
    if found & _FAILING[fail_on]:
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


def _as_text(looked: dict[str, Looked]) -> list[str]:
    lines = []
    for subject, one in looked.items():
        if one.is_in_order:
            lines.append(f"ok    {subject}: {one.in_order}")
        lines += [
            f"{_WORDS[finding.severity]} {subject}: {finding.text}" for finding in one.findings
        ]
    return lines


def _as_json(looked: dict[str, Looked]) -> str:
    findings = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "subject": subject,
            "setting": finding.setting or None,
            "text": finding.text,
        }
        for subject, one in looked.items()
        for finding in one.findings
    ]
    in_order = [
        {"subject": subject, "text": one.in_order}
        for subject, one in looked.items()
        if one.is_in_order
    ]
    return json.dumps({"findings": findings, "in_order": in_order}, indent=2)
