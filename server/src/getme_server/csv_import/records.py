"""A file's rows as records, or as what is wrong with them."""

from collections.abc import Callable, Iterator
from operator import call
from pathlib import Path
from typing import Generic, NamedTuple

from getme_server.csv_import.faults import BadRow, CellFault, Fault, FileFault, ImportRefused
from getme_server.csv_import.formats import Format, Record
from getme_server.csv_import.table import Row, Table
from getme_server.csv_import.text_lines import text_lines


class Numbered(NamedTuple, Generic[Record]):
    """A record and the line in which its row begins (the first of the file is 1)."""

    line: int
    record: Record


class RecordFile(Generic[Record]):
    """One file of a known format, read anew by each iteration.

    on_read is told now and then how many bytes were read since the last time.
    """

    def __init__(
        self, path: Path, file_format: Format[Record], on_read: Callable[[int], None]
    ) -> None:
        self.path = path
        self.format: Format[Record] = file_format
        self._on_read = on_read

    def open_table(self) -> Table:
        """The file, read up to its header. Raises FileFault."""
        return Table(text_lines(self.path, self._on_read), tuple(self.format.columns))

    def read(self, table: Table) -> Iterator[Numbered[Record] | BadRow]:
        """Every row. Raises FileFault where the rest of the file cannot be read."""
        readers, make = tuple(self.format.columns.values()), self.format.make
        for row in table:
            if isinstance(row, BadRow):
                yield row
                continue
            try:
                yield Numbered(row.line, make(map(call, readers, row.cells)))
            except CellFault:
                yield self._bad_row(row)

    def records(self) -> Iterator[Record]:
        """The records alone, of a file that was found to be good; nothing else comes out.

        Raises ImportRefused if it is not good any more.
        """
        try:
            for row in self.read(self.open_table()):
                if isinstance(row, BadRow):
                    raise self._has_changed(next(row.lines()))
                yield row.record
        except FileFault as fault:
            raise self._has_changed(fault.text) from fault

    def _bad_row(self, row: Row) -> BadRow:
        """Reads again what a first fault ended, to name the faults of all its cells."""
        faults = []
        for (column, read), cell in zip(self.format.columns.items(), row.cells, strict=True):
            try:
                read(cell)
            except CellFault as fault:
                faults.append(Fault(column, str(fault)))
        return BadRow(row.line, tuple(faults))

    def _has_changed(self, text: str) -> ImportRefused:
        return ImportRefused(
            f"{self.path}: changed while it was imported ({text}); import it again once it is whole"
        )
