"""`getme-server user show` and `find`: what the store holds of one user, but for the password."""

import json as json_format
from typing import Annotated

import typer

from getme_server.accounts.account import Account
from getme_server.commands.user_argument import UserArgument
from getme_server.commands.user_rules import user_rules
from getme_server.tokens.plain_words import moment_words, one_line

_Fields = dict[str, str | bool | None]


def show(
    user: UserArgument,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what the store holds of a user, a line for each field; never the password."""
    with user_rules() as rules:
        account = rules.account(user)
        locked = rules.users.is_locked(account, rules.deadline())
    fields = _account_fields(account) | {"account_locked": locked}
    typer.echo(_as_json(fields) if json else _as_text(fields))


def find(user: UserArgument) -> None:
    """Print the ID of a user alone, of an address in whatever spelling."""
    with user_rules() as rules:
        account = rules.account(user)
    typer.echo(account.user_id)


def _account_fields(account: Account) -> _Fields:
    """The seven fields as REST names them."""
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
