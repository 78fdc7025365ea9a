"""The lines of a file in UTF-8, one at a time, however large the file is."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from getme_server.csv_import.faults import FileFault

MAX_LINE_BYTES = 1_048_576  # a row of KillrVideo has about 150
_REPORTED_BYTES = 65_536  # so often is progress told: a call for every line would cost a tenth
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def text_lines(path: Path, on_read: Callable[[int], None]) -> Iterator[str]:
    """Each line with its line end. on_read is told now and then how many bytes were read since.

    Raises FileFault for what cannot be read or is not text in UTF-8. A byte-order mark is skipped.
    """
    try:
        _require_regular_file(path)
        with path.open("rb") as file:
            yield from _decoded(file, on_read)
    except OSError as unreadable:
        raise FileFault(_explain(unreadable)) from unreadable


def _require_regular_file(path: Path) -> None:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise FileFault("is a directory; name a CSV file")
    if not stat.S_ISREG(mode):
        raise FileFault("is not a regular file; it is read twice, so a pipe will not do")


def _decoded(file: BinaryIO, on_read: Callable[[int], None]) -> Iterator[str]:
    unreported = 0
    for number, raw in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), start=1):
        unreported += len(raw)
        if unreported >= _REPORTED_BYTES:
            on_read(unreported)
            unreported = 0
        if len(raw) == MAX_LINE_BYTES:
            raise FileFault(f"is longer than a line may be ({MAX_LINE_BYTES} bytes)", number)
        yield _decode(raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw, number)
    on_read(unreported)


def _decode(raw: bytes, number: int) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as malformed:
        encoding = "is in UTF-16" if raw.startswith(_UTF_16_MARKS) else "is not text in UTF-8"
        raise FileFault(f"{encoding}; save the file as UTF-8", number) from malformed
    if "\0" in text:
        raise FileFault("holds a NUL byte; save the file as UTF-8 text", number)
    return text


def _explain(unreadable: OSError) -> str:
    if isinstance(unreadable, FileNotFoundError):
        return "there is no such file"
    if isinstance(unreadable, PermissionError):
        return "may not be read by this user; check its permissions"
    return f"cannot be read: {unreadable.strerror or type(unreadable).__name__}"
