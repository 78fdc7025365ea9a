"""What is wrong with a file, in words for the person who has to put it right.

No cell is ever quoted: the columns of a mangled file are shifted, so that a password or an address
may stand anywhere. Line and column find the cell, and the text says what would be right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

BAD_ROWS_SHOWN = 20


class ImportRefused(Exception):
    """The import stopped; the text, of one line or many, says why and what would be right."""


class CellFault(ValueError):
    """A cell holds what its column cannot; the text says what would be right."""


class FileFault(Exception):
    """The file cannot be read on: in line (the first is 1), or as a whole where line is None."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


class Fault(NamedTuple):
    """One thing that is wrong in a row; column is empty where the row as a whole is."""

    column: str
    text: str


class BadRow(NamedTuple):
    """All that is wrong with the row that begins in line (the first is 1)."""

    line: int
    faults: tuple[Fault, ...]

    def lines(self) -> Iterator[str]:
        """A line of text for each fault."""
        for column, text in self.faults:
            where = f"line {self.line}, {column}" if column else f"line {self.line}"
            yield f"{where}: {text}"


@dataclass
class FaultReport:
    """The faults of one file: the first BAD_ROWS_SHOWN bad rows, and the number of the others."""

    path: Path
    first: list[BadRow] = field(default_factory=list)
    others: int = 0
    ending: FileFault | None = None

    def add(self, row: BadRow) -> None:
        """Takes note of a bad row; rows come in the order of their lines."""
        if len(self.first) < BAD_ROWS_SHOWN:
            self.first.append(row)
        else:
            self.others += 1

    def __bool__(self) -> bool:
        return bool(self.first) or self.ending is not None

    def lines(self) -> Iterator[str]:
        """The report, every line of it with the name of the file."""
        for row in self.first:
            for text in row.lines():
                yield f"{self.path}: {text}"
        if self.others:
            rows = "row" if self.others == 1 else "rows"
            yield f"{self.path}: and {self.others} more bad {rows}"
        if self.ending is not None:
            where = "" if self.ending.line is None else f"line {self.ending.line}: "
            yield f"{self.path}: {where}{self.ending.text}"
