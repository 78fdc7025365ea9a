"""`getme-server user lock`, `unlock` and `set-password`: what signs a user in."""

import typer

from getme_server.account_wiring import password_hasher
from getme_server.commands.given_password import PasswordFromStdin, given_password
from getme_server.commands.user_argument import UserArgument
from getme_server.commands.user_rules import user_rules
from getme_server.commands.user_status import ENDED, Force
from getme_server.passwords.rules import require_good


def lock(user: UserArgument, *, force: Force = False) -> None:
    """Lock what signs a user in; all sessions and tokens end."""
    with user_rules() as rules:
        user_id = rules.account(user).user_id
        rules.administration.lock(user_id, rules.actor, rules.deadline(), force=force)
    typer.echo(f"locked: user {user_id} cannot sign in from now on; {ENDED}")


def unlock(user: UserArgument) -> None:
    """Unlock it; the sessions and tokens from before stay ended."""
    with user_rules() as rules:
        user_id = rules.account(user).user_id
        done = rules.administration.unlock(user_id, rules.actor, rules.deadline())
    if done:
        typer.echo(f"unlocked: user {user_id} can sign in from now on; {ENDED}")
    else:
        typer.echo(f"nothing to do: the credentials of user {user_id} are not locked")


def set_password(user: UserArgument, *, password_stdin: PasswordFromStdin = False) -> None:
    """Give a user a password, asked for twice; all sessions and tokens end."""
    password = given_password(piped=password_stdin)
    with user_rules() as rules:
        account = rules.account(user)
        require_good(
            password,
            email=account.email,
            firstname=account.firstname,
            lastname=account.lastname,
        )
        password_hash = password_hasher(rules.settings).hash(password)
        rules.administration.set_password(
            account.user_id, password_hash, rules.actor, rules.deadline()
        )
    typer.echo(f"done: user {account.user_id} signs in with it from now on; {ENDED}")
