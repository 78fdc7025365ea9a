"""The demo's people: made up, one of each kind (users.csv, credentials.csv)."""

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

_HERE = Path(__file__).resolve().parent
USERS_FILE = _HERE / "users.csv"
CREDENTIALS_FILE = _HERE / "credentials.csv"
NO_PASSWORD = "!"  # what the file holds in place of a hash
PASSWORD = "only for the demo of getme"


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


def emails() -> list[str]:
    """What they sign in with, in the order of the file."""
    with CREDENTIALS_FILE.open(newline="", encoding="utf-8") as file:
        return [row["email"] for row in csv.DictReader(file)]


def edition() -> str:
    """Changes whenever the files or the password do."""
    content = USERS_FILE.read_bytes() + CREDENTIALS_FILE.read_bytes() + PASSWORD.encode()
    return hashlib.sha256(content).hexdigest()
