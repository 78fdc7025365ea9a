"""The token that a command is given: as an argument, or piped in.

An argument stands in the shell's history and in the list of processes, standard input does not.
"""

import sys
from typing import Annotated

import typer

from getme_server.tokens.reader import MAX_TOKEN_BYTES

STDIN = "-"
TokenArgument = Annotated[
    str,
    typer.Argument(
        metavar="[TOKEN]",
        show_default=False,
        help="The token; absent or -: from standard input, which keeps it out of the shell's"
        " history.",
    ),
]


def given_token(argument: str) -> str:
    """The token, or whatever text was given for one. argument: `-` stands for standard input."""
    if argument != STDIN:
        return argument
    if sys.stdin is None:  # a parent may have closed it
        return ""
    if sys.stdin.isatty():
        typer.echo("paste the token, then press Enter and Ctrl-D", err=True)
    # No more than shows that it is too long, however much is piped in.
    raw = sys.stdin.buffer.read(MAX_TOKEN_BYTES + len("\r\n") + 1)
    return raw.decode("ascii", "replace").removesuffix("\n").removesuffix("\r")
