"""`getme-server user show`: what the store holds of one user, but for the password."""

import json as json_format
from contextlib import closing
from typing import Annotated
from uuid import UUID

import typer

from getme.program.settings import load
from getme_server.accounts.account import Account
from getme_server.accounts.errors import UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.commands.user_id import user_id
from getme_server.deadline import Deadline
from getme_server.settings import ServerSettings
from getme_server.tokens.plain_words import moment_words, one_line
from getme_server.wiring import open_stores

_Fields = dict[str, str | bool | None]


def _id_or_email(given: str) -> UUID | str:
    if "@" in given:
        return given.encode(errors="replace").decode()  # no address holds what is no UTF-8
    return user_id(given)


def show(
    user: Annotated[
        object,
        typer.Argument(
            parser=_id_or_email, metavar="ID|EMAIL", show_default=False, help="Which user."
        ),
    ],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what the store holds of a user, a line for each field; never the password."""
    settings = load(ServerSettings)
    with closing(open_stores(settings)) as stores:
        try:
            fields = _fields(stores.accounts, user, Deadline(settings.store_timeout))
        except UserNotFound:
            typer.echo("getme-server: the store has no such user", err=True)
            raise typer.Exit(1) from None
    typer.echo(_as_json(fields) if json else _as_text(fields))


def _fields(accounts: AccountStore, user: object, deadline: Deadline) -> _Fields:
    """The seven fields as REST names them, and whether the credentials are locked."""
    found = user if isinstance(user, UUID) else accounts.owner(str(user), deadline)
    account = accounts.account(found, deadline)
    locked = bool(account.email) and accounts.credentials_locked(account.email, deadline)
    return _account_fields(account) | {"account_locked": locked}


def _account_fields(account: Account) -> _Fields:
    return {
        "userId": str(account.user_id),
        "firstname": account.firstname,
        "lastname": account.lastname,
        "email": account.email,
        "account_status": account.account_status,
        "created_date": _date(account.created_date),
        "last_login_date": _date(account.last_login_date),
    }


def _date(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    try:
        return moment_words(milliseconds / 1_000)
    except (OverflowError, ValueError, OSError):  # a year that Python does not know
        return f"{milliseconds} ms since 1970"


def _as_json(fields: _Fields) -> str:
    # DEL is the one control character that JSON need not escape (RFC 8259 section 7).
    return json_format.dumps(fields, indent=2).replace("\x7f", "\\u007f")


def _as_text(fields: _Fields) -> str:
    return "\n".join(f"{name}: {_words(value)}".rstrip() for name, value in fields.items())


def _words(value: str | bool | None) -> str:
    """A value in one line; what drives a terminal is escaped, a null is empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(value or "")
