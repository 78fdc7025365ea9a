"""`getme-server token`: access tokens made by hand."""

import time
from typing import Annotated
from uuid import UUID

import typer

from getme.program.durations import duration_seconds
from getme.program.settings import load
from getme_server.commands.keys import keys_of
from getme_server.settings import ServerSettings
from getme_server.wiring import issuer

app = typer.Typer(no_args_is_help=True, help="Access tokens made by hand.")


def _seconds(text: str) -> float:
    try:
        seconds = duration_seconds(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    if seconds <= 0:
        raise typer.BadParameter("a token that is never good is of no use; try 1h")
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
    settings = load(ServerSettings)
    ttl_seconds = settings.access_ttl if ttl is None else ttl
    keys = keys_of(settings, dev=dev)
    typer.echo(
        issuer(settings, keys).issue(
            user, tuple(role or ()), now=time.time(), ttl_seconds=ttl_seconds
        )
    )
