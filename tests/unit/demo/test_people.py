"""`demo.people`: one of each kind, none of them real."""

import csv

from demo.people import CREDENTIALS_FILE, USERS_FILE, read_people
from getme_server.accounts.roles import KNOWN_STATUSES


def test_first_person_may_call() -> None:
    first = read_people()[0]
    assert (first.status, first.credentials_locked) == ("active", False)


def test_every_status_and_locked_credentials_are_there() -> None:
    people = read_people()
    assert {person.status for person in people} == KNOWN_STATUSES
    assert [person.status for person in people if person.credentials_locked] == ["active"]
    assert len({person.user_id for person in people}) == len(people)


def test_all_addresses_are_of_example_org() -> None:
    for file in (USERS_FILE, CREDENTIALS_FILE):
        with file.open(newline="", encoding="utf-8") as lines:
            assert all(row["email"].endswith("@example.org") for row in csv.DictReader(lines))


def test_no_password_matches_what_is_stored() -> None:
    with CREDENTIALS_FILE.open(newline="", encoding="utf-8") as lines:
        assert {row["password"] for row in csv.DictReader(lines)} == {"!"}
