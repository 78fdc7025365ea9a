"""`getme-server` as somebody types it, within the test's own process: a start costs a second."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog
from typer.testing import CliRunner

from getme_server.cli import app


class Told(NamedTuple):
    """What a command said. errors: standard error without audit. audit: the audit records."""

    code: int
    output: str
    errors: list[str]
    audit: list[dict[str, Any]]


def typed(settings: Mapping[str, str], *arguments: str, piped: str | bytes = "") -> Told:
    """What comes of a command with these settings."""
    runner = CliRunner(env={"COLUMNS": "200"} | dict(settings))
    try:
        result = runner.invoke(app, list(arguments), input=piped)
    finally:
        structlog.reset_defaults()  # what the command wrote its log to is closed
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    errors, audit = [], []
    for line in result.stderr.splitlines():
        said, brace, record = line.partition('{"')  # a question that was answered ends no line
        if brace:
            audit.append(json.loads(brace + record))
        if said:
            errors.append(said)
    return Told(result.exit_code, result.stdout, errors, audit)
