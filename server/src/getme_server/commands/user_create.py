"""`getme-server user create`: an account made by hand."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Annotated
from uuid import UUID, uuid4

import typer

from getme.program.settings import load
from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.accounts.store import AccountStore
from getme_server.commands.user_id import user_id
from getme_server.csv_import.cells import required_email, text
from getme_server.csv_import.faults import CellFault
from getme_server.csv_import.formats import MAX_STATUS_CHARACTERS
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.settings import ServerSettings
from getme_server.wiring import open_stores

MAX_NAME_CHARACTERS = 50  # what KillrVideo's own backend takes at registration
_NO_PASSWORD = ""

_short_name = text(MAX_NAME_CHARACTERS)
_short_status = text(MAX_STATUS_CHARACTERS)


def _parser(read: Callable[[str], str]) -> Callable[[str], str]:
    """What reads a cell of a file, for an option."""

    def parse(given: str) -> str:
        try:
            given.encode()  # bytes that are no UTF-8 arrive as halves of characters
            return read(given)
        except UnicodeEncodeError:
            raise typer.BadParameter("must be UTF-8") from None
        except CellFault as fault:
            raise typer.BadParameter(str(fault)) from fault

    return parse


def _name(given: str) -> str:
    if not given.strip():
        raise CellFault(f"must have 1 to {MAX_NAME_CHARACTERS} characters, not all of them spaces")
    return _short_name(given)


def _option(read: Callable[[str], str], help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        parser=_parser(read), metavar="TEXT", help=help_text
    )
    return option


def create(  # noqa: PLR0913  # each is an option that people type
    *,
    email: Annotated[str, _option(required_email, "Kept as it is written.")],
    firstname: Annotated[str, _option(_name, f"1 to {MAX_NAME_CHARACTERS} characters.")],
    lastname: Annotated[str, _option(_name, f"1 to {MAX_NAME_CHARACTERS} characters.")],
    status: Annotated[
        str, _option(_short_status, f"One of {', '.join(sorted(KNOWN_STATUSES))}.")
    ] = "active",
    user: Annotated[
        UUID | None,
        typer.Option(
            "--id", parser=user_id, metavar="UUID", help="The user ID; a random one otherwise."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also with a status that getme does not know.")
    ] = False,
) -> None:
    """Make an account; print its user ID alone, on standard output.

    It has no password: nobody signs in to it until one is set, which a later version can do.
    Running it again with the same --id is safe: it leaves alone what is there.
    """
    if status not in KNOWN_STATUSES and not force:
        raise typer.BadParameter(
            "getme does not know it, so that it grants nothing; to keep it all the same: --force",
            param_hint="--status",
        )
    settings = load(ServerSettings)
    created = time.time_ns() // 1_000_000
    account = Account(user or uuid4(), firstname, lastname, email, status, created, None)
    with closing(open_stores(settings)) as stores:
        refusal = _refusal(stores.accounts, account, Deadline(settings.store_timeout))
    if refusal is not None:
        typer.echo(f"getme-server: {refusal}", err=True)
        raise typer.Exit(1)
    typer.echo(account.user_id)


def _refusal(accounts: AccountStore, account: Account, deadline: Deadline) -> str | None:
    """Why the account was not made, in a line; None where it was."""
    credentials = Credentials(account.email, _NO_PASSWORD, account.user_id, account_locked=False)
    try:
        accounts.create(account, credentials, deadline)
    except EmailTaken as taken:
        return f"{taken.message}; getme-server user show EMAIL tells which"
    except InvalidField:
        return f"the user ID {account.user_id} belongs to an account with another e-mail address"
    except OutcomeUnknown as failed:
        return (
            f"{failed.message} ({failed.cause}); to finish it, or to learn that it is done, run the"
            f" same command again with --id {account.user_id}"
        )
    return None
