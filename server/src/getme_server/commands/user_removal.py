"""`getme-server user delete`: the end of an account."""

from typing import Annotated

import typer

from getme_server.commands.user_argument import UserArgument
from getme_server.commands.user_rules import user_rules
from getme_server.commands.user_status import Force


def delete(
    user: UserArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Force = False,
) -> None:
    """Remove an account and all that belongs to it; its address is free again.

    After a failure the same command finishes it, with the user ID.
    """
    with user_rules() as rules:
        user_id = rules.account(user).user_id
        if not yes:
            typer.confirm(f"Remove user {user_id} for good?", abort=True, err=True)
        rules.administration.delete(user_id, rules.actor, rules.deadline(), force=force)
    typer.echo(f"deleted: user {user_id}; every call is refused within a second")
