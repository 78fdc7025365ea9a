"""A user as an argument of a command: by user ID or by e-mail address."""

from typing import Annotated
from uuid import UUID

import typer

from getme_server.commands.user_id import user_id


def id_or_email(given: str) -> UUID | str:
    """The ID or the address that text spells. Raises typer.BadParameter where it is neither."""
    if "@" in given:
        return given.encode(errors="replace").decode()  # no address holds what is no UTF-8
    return user_id(given)


UserArgument = Annotated[
    # Typer knows no unions; the parser makes it what Named says.
    object,
    typer.Argument(parser=id_or_email, metavar="ID|EMAIL", show_default=False, help="Which user."),
]


def named(user: object) -> UUID | str:
    """What the parser has made of the argument."""
    return user if isinstance(user, UUID) else str(user)
