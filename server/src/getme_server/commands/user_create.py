"""`getme-server user create`: an account made by hand."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID, uuid4

import typer

from getme_server.account_wiring import password_hasher
from getme_server.accounts.account import Account
from getme_server.accounts.email_address import canonical
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown
from getme_server.accounts.person_name import person_name
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.commands.given_password import PasswordFromStdin, given_password
from getme_server.commands.user_id import user_id
from getme_server.commands.user_rules import UserRules, user_rules
from getme_server.csv_import.cells import text
from getme_server.csv_import.faults import CellFault
from getme_server.csv_import.formats import MAX_STATUS_CHARACTERS
from getme_server.errors import InvalidField
from getme_server.passwords.rules import require_good

_short_status = text(MAX_STATUS_CHARACTERS)


def _parser(read: Callable[[str], str]) -> Callable[[str], str]:
    """A rule for text, or what reads a cell of a file, for an option."""

    def parse(given: str) -> str:
        try:
            given.encode()  # bytes that are no UTF-8 arrive as halves of characters
            return read(given)
        except UnicodeEncodeError:
            raise typer.BadParameter("must be UTF-8") from None
        except InvalidField as invalid:
            raise typer.BadParameter(", ".join(invalid.violations.values())) from invalid
        except CellFault as fault:
            raise typer.BadParameter(str(fault)) from fault

    return parse


def _option(read: Callable[[str], str], help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        parser=_parser(read), metavar="TEXT", help=help_text
    )
    return option


def _name(field: str) -> Callable[[str], str]:
    return partial(person_name, field=field)


def create(  # noqa: PLR0913  # each is an option that people type
    *,
    email: Annotated[str, _option(canonical, "Stored in lower case.")],
    firstname: Annotated[str, _option(_name("firstname"), "1 to 50 characters.")],
    lastname: Annotated[str, _option(_name("lastname"), "1 to 50 characters.")],
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
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for a password, twice.")
    ] = False,
    password_stdin: PasswordFromStdin = False,
) -> None:
    """Make an account; print its user ID alone, on standard output.

    Without a password nobody signs in to it until one is set (set-password). Running it again with
    the same --id is safe: it leaves alone what is there.
    """
    if status not in KNOWN_STATUSES and not force:
        raise typer.BadParameter(
            "getme does not know it, so that it grants nothing; to keep it all the same: --force",
            param_hint="--status",
        )
    created = time.time_ns() // 1_000_000
    account = Account(user or uuid4(), firstname, lastname, email, status, created, None)
    has_password = ask_password or password_stdin
    password = given_password(piped=password_stdin) if has_password else None
    with user_rules() as rules:
        password_hash = ""
        if password is not None:
            require_good(password, email=email, firstname=firstname, lastname=lastname)
            password_hash = password_hasher(rules.settings).hash(password)
        refusal = _refusal(rules, account, password_hash)
    if refusal is not None:
        typer.echo(f"getme-server: {refusal}", err=True)
        raise typer.Exit(1)
    typer.echo(account.user_id)


def _refusal(rules: UserRules, account: Account, password_hash: str) -> str | None:
    """Why the account was not made, in a line; None where it was."""
    try:
        rules.administration.create(account, password_hash, rules.actor, rules.deadline())
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
