"""The password that a command is given: typed twice at a prompt, or piped in.

Never an argument, which stands in the shell's history and in the list of processes.
"""

import sys
from typing import Annotated

import typer

from getme_server.passwords.hashing import MAX_PASSWORD_BYTES

PasswordFromStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from the first line of stdin."),
]


def given_password(*, piped: bool) -> str:
    """The password, piped in or else typed twice, unseen.

    Raises typer.BadParameter, whose text holds nothing of it, and typer.Abort.
    """
    return _piped() if piped else _typed()


def _typed() -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "standard input is no terminal to ask at; pipe the password in with --password-stdin"
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _piped() -> str:
    """The first line of standard input, exactly as it is but for the line end."""
    # No more than shows that it is too long, however much is piped in.
    raw = sys.stdin.buffer.readline(MAX_PASSWORD_BYTES + len("\r\n") + 1)
    try:
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise typer.BadParameter("the password must be UTF-8") from None
