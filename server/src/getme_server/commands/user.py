"""`getme-server user`: what an operator does to one user."""

from contextlib import closing
from typing import Annotated
from uuid import UUID

import typer

from getme.program.settings import load
from getme_server.accounts.errors import UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.commands.user_create import create
from getme_server.commands.user_id import user_id
from getme_server.commands.user_show import show
from getme_server.deadline import Deadline
from getme_server.settings import ServerSettings
from getme_server.tokens.plain_words import duration_words, moment_words
from getme_server.tokens.revocation import KEEP_MARGIN_SECONDS
from getme_server.wiring import open_stores, revoker

app = typer.Typer(no_args_is_help=True, help="Users, one at a time.")
app.command()(create)
app.command()(show)

UserArgument = Annotated[
    UUID, typer.Argument(parser=user_id, metavar="ID", show_default=False, help="The user ID.")
]


@app.callback()
def users() -> None:
    """Users, one at a time."""


@app.command("revoke-tokens")
def revoke_tokens(
    user: UserArgument,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the store has no such user.")
    ] = False,
) -> None:
    """Take back all tokens of a user that were issued until now."""
    settings = load(ServerSettings)
    with closing(open_stores(settings)) as stores:
        if not force:
            _require_there(stores.accounts, user, Deadline(settings.store_timeout))
        moment = revoker(settings, stores).revoke_all_of(user, Deadline(settings.store_timeout))
    for line in _told(user, moment, settings.token_max_ttl):
        typer.echo(line)


def _require_there(accounts: AccountStore, user: UUID, deadline: Deadline) -> None:
    try:
        accounts.account(user, deadline)
    except UserNotFound:
        typer.echo(
            f"getme-server: the store has no user {user}; to revoke all the same, as for a user"
            " who was deleted: --force",
            err=True,
        )
        raise typer.Exit(1) from None


def _told(user: UUID, moment: float, longest_life: float | None) -> list[str]:
    """What was done. longest_life: of any token, seconds, None where none is promised."""
    milliseconds = int(moment * 1000) / 1000
    done = (
        f"revoked: all tokens of user {user} that were issued before {moment_words(milliseconds)}",
        "every server refuses them within a second",
    )
    if longest_life is None:
        kept = "this is kept for ever, because GETME_TOKEN_MAX_TTL is not set"
        note = (
            "note: a token without iat is refused too, until it expires, even if it is issued"
            " later; set GETME_TOKEN_MAX_TTL, or have tokens issued with iat"
        )
        return [*done, kept, note]
    life = duration_words(longest_life)
    ends = moment_words(milliseconds + longest_life + KEEP_MARGIN_SECONDS)
    return [
        *done,
        f"this is kept until {ends}: GETME_TOKEN_MAX_TTL ({life}) and a day",
        f"note: a token without iat counts as issued {life} before it expires",
    ]
