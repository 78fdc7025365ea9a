"""What a password's hash costs: of ours, and at most of one that was stored by others.

Whoever can write a hash chooses what each sign-in with it costs: one of bcrypt with 31 rounds
takes days, one of argon2 with 4 GiB takes the memory of the machine. So these are refused when
files are imported, and never computed where they are stored all the same.
"""

import re
from typing import NamedTuple

MAX_BCRYPT_COST = 15  # two to this power of rounds: 3 s; 12 is usual
MAX_ARGON2_MEMORY_KIB = 262_144  # 256 MiB; 64 MiB is usual (RFC 9106 section 4)
MAX_ARGON2_ITERATIONS = 10
MAX_ARGON2_LANES = 16

KIB_PER_MIB = 1_024

_BCRYPT = re.compile(r"\$2[a-z]?\$(\d+)")
_ARGON2_PARAMETER = re.compile(r"[$,]([mtp])=(\d+)")
_ARGON2_LIMITS = {
    "m": (MAX_ARGON2_MEMORY_KIB, "KiB of memory"),
    "t": (MAX_ARGON2_ITERATIONS, "iterations"),
    "p": (MAX_ARGON2_LANES, "lanes"),
}


class HashCost(NamedTuple):
    """Parameters of argon2id (RFC 9106 section 3.1).

    memory_mib: MiB of memory. time: how many times that memory is passed over. lanes: threads.
    """

    memory_mib: int
    time: int
    lanes: int


def excess(stored: str) -> str | None:
    """What a stored hash would have to be instead, if checking it costs too much; None if not.

    Of any text: what is no hash costs nothing.
    """
    if stored.startswith("$2"):
        return _bcrypt_excess(stored)
    if stored.startswith("$argon2"):
        return _argon2_excess(stored)
    return None


def _bcrypt_excess(stored: str) -> str | None:
    cost = _BCRYPT.match(stored)
    if cost is not None and int(cost[1]) > MAX_BCRYPT_COST:
        return f"a bcrypt hash of cost {MAX_BCRYPT_COST} or less"
    return None


def _argon2_excess(stored: str) -> str | None:
    for name, value in _ARGON2_PARAMETER.findall(stored):
        limit, unit = _ARGON2_LIMITS[name]
        if int(value) > limit:
            return f"an argon2 hash of at most {limit} {unit} ({name}={limit})"
    return None
