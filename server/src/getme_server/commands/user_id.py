"""A user ID as an argument of a command."""

from uuid import UUID

import typer


def user_id(text: str) -> UUID:
    """The ID that text spells. Raises typer.BadParameter."""
    try:
        return UUID(text)
    except ValueError as wrong:
        raise typer.BadParameter("a user ID is a UUID") from wrong
