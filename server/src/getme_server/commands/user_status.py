"""`getme-server user suspend`, `activate` and `set-status`: what an account may do."""

from typing import Annotated

import typer

from getme_server.accounts.moderation import Effect, StatusChange
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.commands.user_argument import UserArgument
from getme_server.commands.user_rules import user_rules
from getme_server.tokens.plain_words import quoted

Force = Annotated[
    bool, typer.Option("--force", help="Also if no moderator in good standing is left.")
]

ENDED = "every server refuses within a second what was issued before"
_FROM_WHEN = {
    Effect.BARRED: "every call is refused within a second",
    Effect.SIGNED_OUT: f"the user has to sign in again: {ENDED}",
    Effect.NO_LESS: "every call counts it within a second",
}


def _status(given: str) -> str:
    if given not in KNOWN_STATUSES:
        raise typer.BadParameter(f"must be one of {', '.join(sorted(KNOWN_STATUSES))}")
    return given


def suspend(user: UserArgument, *, force: Force = False) -> None:
    """Bar a user until `activate`; it takes effect within a second."""
    _set_status(user, "suspended", force=force)


def activate(user: UserArgument) -> None:
    """Make a barred user active; the sessions and tokens from before stay ended.

    A role is not given back: for that, set-status.
    """
    with user_rules() as rules:
        account = rules.account(user)
        change = rules.moderation.reinstate(account.user_id, rules.actor, rules.deadline())
    typer.echo(_told(change))


def set_status(
    user: UserArgument,
    status: Annotated[
        str,
        typer.Argument(
            parser=_status,
            metavar="STATUS",
            show_default=False,
            help=f"One of {', '.join(sorted(KNOWN_STATUSES))}.",
        ),
    ],
    *,
    force: Force = False,
) -> None:
    """Give a user any status: a role (moderator), or what bars (banned)."""
    _set_status(user, status, force=force)


def _set_status(user: object, status: str, *, force: bool) -> None:
    with user_rules() as rules:
        account = rules.account(user)
        change = rules.moderation.set_status(
            account.user_id, status, rules.actor, rules.deadline(), force=force
        )
    typer.echo(_told(change))


def _told(change: StatusChange) -> str:
    """What was done and from when it counts, in a line."""
    user = f"user {change.account.user_id}"
    status = quoted(change.account.account_status)
    if change.effect is Effect.NONE:
        return f"nothing to do: {user} is {status}"
    done = f"done: {user} is {status}, and was {quoted(change.before)}"
    return f"{done}; {_FROM_WHEN[change.effect]}"
