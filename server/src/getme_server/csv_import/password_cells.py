"""What a password cell may hold: any hash, unless checking it would stall the server.

Whoever can write a hash chooses what each sign-in with it costs: one of bcrypt with 31 rounds
takes days, one of argon2 with 4 GiB takes the memory of the machine. So these are refused here.
"""

import re

from getme_server.csv_import.cells import text
from getme_server.csv_import.faults import CellFault

MAX_PASSWORD_CHARACTERS = 256
MAX_BCRYPT_COST = 15  # two to this power of rounds: 3 s; 12 is usual
MAX_ARGON2_MEMORY_KIB = 262_144  # 256 MiB; 64 MiB is usual (RFC 9106 section 4)
MAX_ARGON2_ITERATIONS = 10
MAX_ARGON2_LANES = 16

_BCRYPT = re.compile(r"\$2[a-z]?\$(\d+)")
_ARGON2_PARAMETER = re.compile(r"[$,]([mtp])=(\d+)")
_ARGON2_LIMITS = {
    "m": (MAX_ARGON2_MEMORY_KIB, "KiB of memory"),
    "t": (MAX_ARGON2_ITERATIONS, "iterations"),
    "p": (MAX_ARGON2_LANES, "lanes"),
}

_short_text = text(MAX_PASSWORD_CHARACTERS)


def password(cell: str) -> str:
    """The hash as it is, known to getme or not. Raises CellFault if checking it costs too much."""
    stored = _short_text(cell)
    if stored.startswith("$2"):
        _require_cheap_bcrypt(stored)
    elif stored.startswith("$argon2"):
        _require_cheap_argon2(stored)
    return stored


def _require_cheap_bcrypt(stored: str) -> None:
    cost = _BCRYPT.match(stored)
    if cost is not None and int(cost[1]) > MAX_BCRYPT_COST:
        raise CellFault(f"must be a bcrypt hash of cost {MAX_BCRYPT_COST} or less")


def _require_cheap_argon2(stored: str) -> None:
    for name, value in _ARGON2_PARAMETER.findall(stored):
        limit, unit = _ARGON2_LIMITS[name]
        if int(value) > limit:
            raise CellFault(f"must be an argon2 hash of at most {limit} {unit} ({name}={limit})")
