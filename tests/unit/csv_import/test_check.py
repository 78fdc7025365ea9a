"""A whole file: all its bad rows, rows that stand twice, and what is odd but no fault."""

from pathlib import Path

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.roles import KNOWN_STATUSES, effective_roles, require_good_standing
from getme_server.csv_import.check import CheckedFile, check
from getme_server.csv_import.faults import ImportRefused
from getme_server.csv_import.formats import CREDENTIALS, USERS
from getme_server.csv_import.records import RecordFile
from getme_server.errors import GetmeError

USERS_HEADER = "userid,created_date,email,firstname,lastname,account_status,last_login_date"
DATE_FAULT = (
    "must be a date and time such as 2025-04-29T03:55:08.964Z or"
    " 2025-04-29 03:55:08.964000+0000, or empty"
)
CREDENTIALS_HEADER = "email,password,userid,account_locked"


def user(number: int, **cells: str) -> str:
    """A row of users.csv, with other cells where the test names them."""
    row = {
        "userid": f"7777b733-a6b8-47e7-83ad-{number:012}",
        "created_date": "2025-04-29T03:55:08.964Z",
        "email": f"user{number}@example.org",
        "firstname": "Ada",
        "lastname": "Lovelace",
        "account_status": "active",
        "last_login_date": "",
    }
    return ",".join((row | cells).values())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.csv"


def users_file(path: Path, *rows: str, header: str = USERS_HEADER) -> RecordFile[Account]:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return RecordFile(path, USERS, lambda _: None)


def check_users(path: Path, *rows: str) -> CheckedFile:
    return check(users_file(path, *rows))


def test_good_file_has_no_faults(path: Path) -> None:
    checked = check_users(path, user(1), user(2))
    assert not checked.faults
    assert (checked.rows, checked.unknown_statuses, checked.extra_columns) == (2, 0, ())


def test_every_fault_of_a_row_is_named_by_line_and_column(path: Path) -> None:
    checked = check_users(path, user(1), user(2, userid="x", created_date="y", email="z"), "q")
    assert list(checked.faults.lines()) == [
        f"{path}: line 3, userid: must be a UUID such as 7777b733-a6b8-47e7-83ad-bc2739ae9954",
        f"{path}: line 3, email: must be an e-mail address such as ada@example.org",
        f"{path}: line 3, created_date: {DATE_FAULT}",
        f"{path}: line 4: has 1 cell, and the header names 7 columns",
    ]


def test_first_twenty_bad_rows_are_named_and_the_others_counted(path: Path) -> None:
    rows = [user(n, userid="x" if n % 2 else "", email="y") for n in range(1_525)]
    lines = list(check_users(path, *rows).faults.lines())
    assert [line.split(",")[0] for line in lines[::2]][:20] == [
        f"{path}: line {number}" for number in range(2, 22)
    ]
    assert lines[40:] == [f"{path}: and 1505 more bad rows"]


def test_user_who_stands_twice_is_named_with_both_lines(path: Path) -> None:
    rows = [user(n) for n in range(2_500)]
    rows[1_700] = user(3)
    rows[2_400] = user(3, userid=user(3).split(",")[0].upper())
    assert list(check_users(path, *rows).faults.lines()) == [
        f"{path}: line 1702, userid: stands in line 5 already; each userid stands in one row",
        f"{path}: line 2402, userid: stands in line 5 already; each userid stands in one row",
    ]


def test_faults_of_a_chunk_come_in_the_order_of_lines(path: Path) -> None:
    lines = list(check_users(path, user(1), user(1), user(2, userid="")).faults.lines())
    assert [line.split(",")[0] for line in lines] == [f"{path}: line 3", f"{path}: line 4"]


def test_address_that_stands_twice_in_credentials_is_named_without_it(path: Path) -> None:
    row = "ada@example.org,secret,7777b733-a6b8-47e7-83ad-000000000001,false"
    path.write_text(f"{CREDENTIALS_HEADER}\n{row}\n{row}\n", encoding="utf-8")
    checked = check(RecordFile(path, CREDENTIALS, lambda _: None))
    assert list(checked.faults.lines()) == [
        f"{path}: line 3, email: stands in line 2 already; each email stands in one row"
    ]


def test_bad_rows_before_the_end_of_readable_text_are_named_too(path: Path) -> None:
    users_file(path, user(1, userid=""))
    with path.open("ab") as file:
        file.write(b"\xff\n")
    lines = list(check(RecordFile(path, USERS, lambda _: None)).faults.lines())
    assert [line.removeprefix(f"{path}: ").split(":")[0] for line in lines] == [
        "line 2, userid",
        "line 3",
    ]


def test_no_fault_quotes_a_cell(path: Path) -> None:
    secret = "hunter2\x1b"  # in every column, as in a file whose columns are shifted
    rows = ",".join([secret] * 7)
    assert "hunter2" not in "".join(check_users(path, rows, f"{secret};{secret}").faults.lines())


def test_extra_columns_and_unknown_statuses_are_no_faults(path: Path) -> None:
    rows = [user(n, account_status=status) for n, status in enumerate(["", "vip", "Active"])]
    file = users_file(path, *(f"{row},x" for row in rows), header=f"{USERS_HEADER},avatar")
    checked = check(file)
    assert not checked.faults
    assert checked.unknown_statuses == 2
    assert checked.extra_columns == ("avatar",)


def test_file_that_went_bad_after_its_check_is_refused_at_the_bad_row(path: Path) -> None:
    records = users_file(path, user(1), user(2, userid="")).records()
    assert next(records).email == "user1@example.org"
    with pytest.raises(ImportRefused, match=r"changed while .* \(line 3, userid: must be a UUID"):
        next(records)


def test_file_that_vanished_after_its_check_is_refused(path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"changed while .* \(there is no such file\)"):
        next(RecordFile(path, USERS, lambda _: None).records())


@pytest.mark.parametrize("status", sorted(KNOWN_STATUSES))
def test_known_status_means_something_to_the_rules(status: str) -> None:
    try:
        require_good_standing(status)
    except GetmeError:
        return
    assert effective_roles((), status)
