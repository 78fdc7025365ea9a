"""The demo's people: made up, one of each kind (users.csv, credentials.csv)."""

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

_HERE = Path(__file__).resolve().parent
USERS_FILE = _HERE / "users.csv"
CREDENTIALS_FILE = _HERE / "credentials.csv"


class Person(NamedTuple):
    """Who is imported, as far as the page shows it."""

    name: str
    user_id: UUID
    status: str
    credentials_locked: bool


def read_people() -> list[Person]:
    """All of them, in the order of the file."""
    with CREDENTIALS_FILE.open(newline="", encoding="utf-8") as file:
        locked = {row["email"] for row in csv.DictReader(file) if row["account_locked"] == "true"}
    with USERS_FILE.open(newline="", encoding="utf-8") as file:
        return [
            Person(
                f"{row['firstname']} {row['lastname']}",
                UUID(row["userid"]),
                row["account_status"],
                row["email"] in locked,
            )
            for row in csv.DictReader(file)
        ]


def edition() -> str:
    """Changes whenever the files do."""
    return hashlib.sha256(USERS_FILE.read_bytes() + CREDENTIALS_FILE.read_bytes()).hexdigest()
