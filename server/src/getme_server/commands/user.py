"""`getme-server user`: what an operator does to one user."""

import typer

from getme_server.commands.user_create import create
from getme_server.commands.user_credentials import lock, set_password, unlock
from getme_server.commands.user_removal import delete
from getme_server.commands.user_show import find, show
from getme_server.commands.user_status import activate, set_status, suspend
from getme_server.commands.user_tokens import revoke_tokens

app = typer.Typer(no_args_is_help=True, help="Users, one at a time.")
app.command()(create)
app.command()(show)
app.command()(find)
app.command()(suspend)
app.command()(activate)
app.command("set-status")(set_status)
app.command()(lock)
app.command()(unlock)
app.command("set-password")(set_password)
app.command("revoke-tokens")(revoke_tokens)
app.command()(delete)


@app.callback()
def users() -> None:
    """Users, one at a time."""
