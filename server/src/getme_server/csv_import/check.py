"""Checks a whole file before anybody writes any of it."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from getme_server.accounts.account import Account
from getme_server.accounts.roles import KNOWN_STATUSES
from getme_server.csv_import.faults import BadRow, Fault, FaultReport, FileFault
from getme_server.csv_import.formats import Record
from getme_server.csv_import.records import Numbered, RecordFile
from getme_server.csv_import.seen_keys import SeenKey, SeenKeys

_ROWS_AT_ONCE = 1_000  # rows whose keys are compared in one go


@dataclass
class CheckedFile:
    """What the check of one file found.

    rows: the good and the bad ones. unknown_statuses: rows whose account_status is neither null
    nor known to getme; they are no fault. extra_columns: those that the import leaves out.
    """

    faults: FaultReport
    rows: int = 0
    unknown_statuses: int = 0
    extra_columns: tuple[str, ...] = ()


def check(file: RecordFile[Record]) -> CheckedFile:
    """Reads the file from end to end. Whatever is wrong with it is in the answer's faults."""
    checked = CheckedFile(FaultReport(file.path))
    try:
        table = file.open_table()
        checked.extra_columns = table.extra_columns
        with SeenKeys() as seen:
            for chunk in _chunks(file.read(table), checked.faults):
                _check_chunk(file, chunk, seen, checked)
    except FileFault as fault:
        checked.faults.ending = fault
    except sqlite3.Error as full:
        checked.faults.ending = FileFault(
            "cannot be checked for rows that stand twice: the folder for temporary files, which"
            f" SQLITE_TMPDIR names, is full or cannot be written to ({full})"
        )
    return checked


def _chunks(
    rows: Iterator[Numbered[Record] | BadRow], faults: FaultReport
) -> Iterator[list[Numbered[Record] | BadRow]]:
    """Some rows at a time; those before the fault that ends a file are not lost with it."""
    chunk: list[Numbered[Record] | BadRow] = []
    try:
        for row in rows:
            chunk.append(row)
            if len(chunk) == _ROWS_AT_ONCE:
                yield chunk
                chunk = []
    except FileFault as fault:
        faults.ending = fault
    yield chunk


def _check_chunk(
    file: RecordFile[Record],
    chunk: Sequence[Numbered[Record] | BadRow],
    seen: SeenKeys,
    checked: CheckedFile,
) -> None:
    bad = [row for row in chunk if isinstance(row, BadRow)]
    good = [row for row in chunk if not isinstance(row, BadRow)]
    key, column = file.format.key, file.format.key_column
    for repetition in seen.add([SeenKey(key(row.record), row.line) for row in good]):
        text = f"stands in line {repetition.first_line} already; each {column} stands in one row"
        bad.append(BadRow(repetition.line, (Fault(column, text),)))
    for row in sorted(bad):
        checked.faults.add(row)
    checked.rows += len(chunk)
    checked.unknown_statuses += sum(_has_unknown_status(row.record) for row in good)


def _has_unknown_status(record: Record) -> bool:
    if not isinstance(record, Account):
        return False
    return bool(record.account_status) and record.account_status not in KNOWN_STATUSES
