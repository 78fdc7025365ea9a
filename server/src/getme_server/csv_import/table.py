"""The rows below a header, cut to the wanted columns (RFC 4180, as the csv module reads it)."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from getme_server.csv_import.faults import BadRow, Fault, FileFault

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class Row(NamedTuple):
    """The wanted cells of the row that begins in line (the first of the file is 1)."""

    line: int
    cells: tuple[str, ...]


class Table:
    """Rows with the wanted columns, in the order in which they are wanted.

    extra_columns: names in the header that nobody wants; their cells are skipped.
    """

    def __init__(self, lines: Iterable[str], columns: Sequence[str]) -> None:
        """Reads the header. Raises FileFault unless it names each wanted column once."""
        self._reader = csv.reader(lines, strict=True)
        header = self._header(columns)
        self.extra_columns = tuple(name for name in header if name not in columns)
        self._width = len(header)
        self._begins = 1  # the line of the row that is being read
        self._wanted: Callable[[list[str]], tuple[str, ...]] = itemgetter(
            *(header.index(name) for name in columns)
        )

    def __iter__(self) -> Iterator[Row | BadRow]:
        """The rows; empty lines are none. Raises FileFault where the rest cannot be read."""
        while True:
            try:
                yield from self._rows()
            except csv.Error as malformed:
                if not _ends_with_its_line(malformed):
                    raise FileFault(_explain(malformed), self._begins) from malformed
                yield BadRow(self._begins, (Fault("", _explain(malformed)),))
            else:
                return

    def _rows(self) -> Iterator[Row | BadRow]:
        reader, width, wanted = self._reader, self._width, self._wanted
        self._begins = reader.line_num + 1
        for cells in reader:
            if len(cells) == width:
                yield Row(self._begins, wanted(cells))
            elif cells:
                yield BadRow(self._begins, (_wrong_width(cells, width),))
            self._begins = reader.line_num + 1

    def _header(self, columns: Sequence[str]) -> list[str]:
        try:
            header = [name.strip() for name in next(filter(None, self._reader), [])]
        except csv.Error as malformed:
            raise FileFault(_explain(malformed), 1) from malformed
        expected = f"the first line must name the columns {','.join(columns)}"
        if not header:
            raise FileFault(f"is empty; {expected}")
        missing = [name for name in columns if name not in header]
        if missing:
            raise FileFault(f"{_lack(header, missing)}; {expected}", self._reader.line_num)
        twice = [name for name in columns if header.count(name) > 1]
        if twice:
            raise FileFault(f"names {twice[0]} twice; {expected}", self._reader.line_num)
        return header


def _lack(header: list[str], missing: list[str]) -> str:
    """What a header has instead of the columns that it lacks."""
    if len(header) == 1:
        for delimiter, name in _OTHER_DELIMITERS.items():
            if delimiter in header[0]:
                return f"is cut by {name}; cells are cut by commas"
    return f"lacks the {'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}"


def _wrong_width(cells: list[str], width: int) -> Fault:
    found = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    return Fault("", f"has {found}, and the header names {width} columns")


def _ends_with_its_line(malformed: csv.Error) -> bool:
    """Whether the next line can be read as if the fault had not been."""
    text = str(malformed)
    return "expected after" in text or "new-line character" in text


def _explain(malformed: csv.Error) -> str:
    text = str(malformed)
    if "unexpected end of data" in text:
        return "opens a quote that is never closed"
    if "field larger than field limit" in text:
        return (
            f"opens a quote that is not closed, or has a cell of over {csv.field_size_limit()}"
            " characters"
        )
    if "expected after" in text:
        return (
            "has a quote within a quoted cell; such a quote is written twice"
            """ (with cqlsh: COPY ... WITH HEADER = true AND ESCAPE = '"')"""
        )
    if "new-line character" in text:
        return "has a bare carriage return; lines end with a line feed"
    return f"is not CSV: {text}"
