"""From bytes to rows: encodings, headers, line numbers, and CSV that is none."""

from pathlib import Path

import pytest

from getme_server.csv_import.faults import BadRow, FileFault
from getme_server.csv_import.table import Row, Table
from getme_server.csv_import.text_lines import text_lines

COLUMNS = ("id", "name")


def rows_of(path: Path) -> list[Row | BadRow]:
    return list(Table(text_lines(path, lambda _: None), COLUMNS))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"id,name\n1,Ada\n", [(2, ("1", "Ada"))], id="plain"),
        pytest.param(b"id,name\n1,Ada", [(2, ("1", "Ada"))], id="no last line end"),
        pytest.param(b"id,name\r\n1,Ada\r\n", [(2, ("1", "Ada"))], id="CR LF"),
        pytest.param(b"name,id\nAda,1\n", [(2, ("1", "Ada"))], id="other order"),
        pytest.param(b"a,name,id,b\n8,Ada,1,9\n", [(2, ("1", "Ada"))], id="extra columns"),
        pytest.param(b" id , name\n1,Ada\n", [(2, ("1", "Ada"))], id="spaces in the header"),
        pytest.param(b"\xef\xbb\xbfid,name\n1,Ada\n", [(2, ("1", "Ada"))], id="byte-order mark"),
        pytest.param(b'\xef\xbb\xbf"id",name\n1,A\n', [(2, ("1", "A"))], id="mark and quote"),
        pytest.param(b"\nid,name\n\n1,Ada\n\n", [(4, ("1", "Ada"))], id="empty lines"),
        pytest.param(b'id,name\n1,"A ""x"", B"\n', [(2, ("1", 'A "x", B'))], id="quotes"),
        pytest.param("id,name\n1,Zoë\n".encode(), [(2, ("1", "Zoë"))], id="UTF-8"),
        pytest.param(
            b'id,name\n1,"A\n\nB"\n2,C\n', [(2, ("1", "A\n\nB")), (5, ("2", "C"))], id="long row"
        ),
        pytest.param(b"id,name\n", [], id="header only"),
    ],
)
def test_rows_are_the_wanted_cells_with_the_line_where_they_begin(
    path: Path, content: bytes, expected: list[tuple[int, tuple[str, ...]]]
) -> None:
    path.write_bytes(content)
    assert rows_of(path) == expected


@pytest.mark.parametrize(
    ("content", "line", "fault"),
    [
        pytest.param(
            b"", None, "is empty; the first line must name the columns id,name", id="empty"
        ),
        pytest.param(b"\n\n", None, "is empty; the first line must name", id="empty lines"),
        pytest.param(b"1,Ada\n", 1, "lacks the columns id, name; the first line", id="no header"),
        pytest.param(b"id,nmae\n", 1, "lacks the column name; the first line", id="misspelt"),
        pytest.param(b"id,name,id\n", 1, "names id twice", id="column twice"),
        pytest.param(b"id;name\n1;Ada\n", 1, "is cut by semicolons; cells are", id="semicolons"),
        pytest.param(b"id\tname\n1\tAda\n", 1, "is cut by tabs; cells are cut by", id="tabs"),
        pytest.param(b"id,name\n1,\xe4\n", 2, "is not text in UTF-8; save the file", id="latin-1"),
        pytest.param("id,name\n".encode("utf-16"), 1, "is in UTF-16; save the file", id="UTF-16"),
        pytest.param(b"id,name\n1,A\0a\n", 2, "holds a NUL byte", id="NUL"),
        pytest.param(
            b'id,name\n1,A\n2,"B\n3,C\n', 3, "opens a quote that is never", id="open quote"
        ),
        pytest.param(b'"id,name\n1,A\n', 1, "opens a quote that is never", id="open in the header"),
        pytest.param(
            b'id,name\n1,A\n2,"' + b"x\n" * 70_000,
            3,
            "opens a quote that is not closed, or",
            id="open quote in a large file",
        ),
        pytest.param(b"id,name\n1," + b"x" * 200_000, 2, "over 131072 characters", id="huge cell"),
        pytest.param(
            b"id,name\n" + b"," * 1_100_000, 2, "is longer than a line may", id="huge line"
        ),
    ],
)
def test_unreadable_file_is_refused_with_its_line_and_a_remedy(
    path: Path, content: bytes, line: int | None, fault: str
) -> None:
    path.write_bytes(content)
    with pytest.raises(FileFault) as refused:
        rows_of(path)
    assert refused.value.line == line
    assert fault in refused.value.text


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(b"2", "has 1 cell, and the header names 2 columns", id="too few cells"),
        pytest.param(b"2,B,x", "has 3 cells, and the header names 2 columns", id="too many"),
        pytest.param(b'2,"a\\"b"', "AND ESCAPE = '\"'", id="cqlsh's own escapes"),
        pytest.param(b'2,"B" ', "such a quote is written twice", id="space behind a quote"),
        pytest.param(b"2,B\r3,C", "has a bare carriage return", id="carriage return"),
    ],
)
def test_bad_row_is_told_and_the_next_rows_are_read(path: Path, row: bytes, fault: str) -> None:
    path.write_bytes(b'id,name\n1,"A\nA"\n' + row + b"\n4,D\n")
    before, bad, after = rows_of(path)
    assert before == Row(2, ("1", "A\nA"))
    assert isinstance(bad, BadRow)
    assert bad.line == 4
    assert fault in bad.faults[0].text
    assert after == Row(5, ("4", "D"))


def test_missing_file_and_directory_are_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="there is no such file"):
        rows_of(path)
    with pytest.raises(FileFault, match="is a directory; name a CSV file"):
        rows_of(tmp_path)
    with pytest.raises(FileFault, match="not a regular file; it is read twice"):
        rows_of(Path("/dev/null"))


def test_progress_adds_up_to_the_size_of_the_file(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfid,name\n" + b"1,Ada\n" * 30_000)
    told: list[int] = []
    list(text_lines(path, told.append))
    assert sum(told) == path.stat().st_size
    assert len(told) > 1
