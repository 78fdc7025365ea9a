"""`demo.passwords` and the line that signs in with them."""

import csv
import json
import shlex
from contextlib import closing
from pathlib import Path

import pytest

from demo.page import Page
from demo.passwords import give_passwords
from demo.people import CREDENTIALS_FILE, NO_PASSWORD, PASSWORD, emails, read_people
from getme_server.accounts.account import Credentials
from getme_server.deadline import Deadline
from getme_server.passwords.cost import HashCost
from getme_server.passwords.hashing import PasswordHasher
from getme_server.passwords.rules import require_good
from getme_server.stores.location import CassandraLogin, SqliteLocation
from getme_server.stores.opening import migrate, open_import_store, open_stores

NO_LOGIN = CassandraLogin(None, None)
ADA = read_people()[0]
SECONDS = 5.0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A store as the import of the demo's files leaves it, but for Ada's password."""
    path = tmp_path / "getme.db"
    location = SqliteLocation(str(path))
    migrate(location, NO_LOGIN)
    with CREDENTIALS_FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with open_import_store(location, NO_LOGIN) as store:
        store.add_credentials(
            Credentials(email, NO_PASSWORD, person.user_id, account_locked=False)
            for email, person in zip((row["email"] for row in rows), read_people(), strict=True)
        )
    return path


def stored(database: Path, email: str) -> Credentials:
    with closing(open_stores(SqliteLocation(str(database)), NO_LOGIN)) as stores:
        found = stores.credentials.credentials(email, Deadline(SECONDS))
    assert found is not None
    return found


def test_everybody_has_the_password_as_a_hash_of_todays_cost(database: Path) -> None:
    give_passwords(database)
    hasher = PasswordHasher(HashCost(memory_mib=64, time=3, lanes=4))
    for email in emails():
        assert hasher.check(PASSWORD, stored(database, email).password) == (True, False)


def test_password_that_somebody_has_set_is_left_alone(database: Path) -> None:
    before = stored(database, emails()[0])
    with closing(open_stores(SqliteLocation(str(database)), NO_LOGIN)) as stores:
        assert stores.credentials.replace_password(before, "set by Ada", Deadline(SECONDS))
    give_passwords(database)
    assert stored(database, emails()[0]).password == "set by Ada"


def test_password_is_one_that_everybody_might_choose() -> None:
    for person, email in zip(read_people(), emails(), strict=True):
        firstname, lastname = person.name.split()
        require_good(PASSWORD, email=email, firstname=firstname, lastname=lastname)


def test_line_that_signs_in_stands_alone() -> None:
    page = Page("127.0.0.1:50051", "127.0.0.1:8080", Path("/data"), (ADA,), ("200",), "a.b.c")
    (line,) = (line for line in page.text().splitlines() if line.endswith("/login"))
    *_, body, url = shlex.split(line)
    assert json.loads(body) == {"email": emails()[0], "password": PASSWORD}
    assert url == "http://127.0.0.1:8080/api/v1/users/login"
