"""`getme-server token`: access tokens made by hand."""

import time
from typing import Annotated
from uuid import UUID

import typer

from getme.program.durations import duration_seconds
from getme.program.settings import load
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.commands.keys import keys_of
from getme_server.settings import MAX_ACCESS_TTL_SECONDS, ServerSettings
from getme_server.wiring import issuer

MIN_TTL_SECONDS = 1  # exp counts whole seconds

app = typer.Typer(no_args_is_help=True, help="Access tokens made by hand.")


def _seconds(text: str) -> float:
    try:
        seconds = duration_seconds(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    if not MIN_TTL_SECONDS <= seconds <= MAX_ACCESS_TTL_SECONDS:
        raise typer.BadParameter("a token is good for 1s to 365d; try 1h")
    return seconds


def _user_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise typer.BadParameter("a user ID is a UUID") from wrong


@app.callback()
def tokens() -> None:
    """Access tokens made by hand."""


@app.command()
def issue(
    *,
    user: Annotated[UUID, typer.Option(parser=_user_id, metavar="UUID", help="The user ID.")],
    role: Annotated[
        list[str] | None, typer.Option(help="viewer, creator or moderator; may be repeated.")
    ] = None,
    ttl: Annotated[
        float | None,
        typer.Option(
            parser=_seconds, metavar="DURATION", help="How long it is good, such as 30m or 1h."
        ),
    ] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Sign with the development key.")] = False,
) -> None:
    """Print a token for a user, signed with the server's key."""
    for name in role or ():
        if name not in KNOWN_STATUSES:
            typer.echo(f"note: the role {name!r} grants nothing", err=True)
    settings = load(ServerSettings)
    ttl_seconds = settings.access_ttl if ttl is None else ttl
    keys = keys_of(settings, dev=dev)
    typer.echo(
        issuer(settings, keys).issue(
            user, tuple(role or ()), now=time.time(), ttl_seconds=ttl_seconds
        )
    )
