"""A duration as an option of a command."""

import typer

from getme.program.durations import duration_seconds


def seconds(text: str) -> float:
    """The seconds that text spells. Raises typer.BadParameter, which says what would be right."""
    try:
        return duration_seconds(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
