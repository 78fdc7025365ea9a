"""Passwords as they are kept: argon2id (RFC 9106 section 4), and what others kept before."""

import re
from typing import NamedTuple

import argon2
from argon2.exceptions import VerificationError, VerifyMismatchError

from getme_server.passwords import killrvideo
from getme_server.passwords.cost import KIB_PER_MIB, HashCost, excess

# In bytes, as in the contract's messages; longer ones are refused without a look at them.
MAX_PASSWORD_BYTES = 4_096

# The library leaves it to its caller that a hash is one: it knows the type by the first letters.
_ARGON2ID = re.compile(
    r"\$argon2id\$(?:v=[0-9]{1,3}\$)?m=[0-9]{1,10},t=[0-9]{1,10},p=[0-9]{1,10}"
    r"\$[A-Za-z0-9+/]{1,128}\$[A-Za-z0-9+/]{1,128}"
)
_DUMMY = b"nobody's password"


class PasswordCheck(NamedTuple):
    """What a password proved.

    matches: it is the right one. outdated: it is, and what is stored is not as `hash` makes it
    now, so that a new hash should take its place.
    """

    matches: bool
    outdated: bool


_NO_MATCH = PasswordCheck(matches=False, outdated=False)


class _UnusableError(Exception):
    """No password matches, and nothing was computed to find that out."""


class PasswordHasher:
    """Makes and checks hashes of one cost. Safe for use by many threads at once.

    Each hash takes the memory of its cost while it is made or checked.
    """

    def __init__(self, cost: HashCost) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=cost.time,
            memory_cost=cost.memory_mib * KIB_PER_MIB,
            parallelism=cost.lanes,
        )
        self._own_cost = f"m={cost.memory_mib * KIB_PER_MIB},t={cost.time},p={cost.lanes}"

    def hash(self, password: str) -> str:
        """The hash to store of a password that the rules allow (`rules.require_good`)."""
        return self._argon2.hash(password)

    def check(self, password: str, stored: str | None) -> PasswordCheck:
        """Whether a password is the one whose hash is stored; None: nothing is stored.

        Takes the same time for a right, a wrong, an unknown and an unusable one: where nothing of
        the present cost has to be computed, as much is computed for nothing. Not equalised, as that
        would take knowing before what is stored: a hash of bcrypt, and one of argon2id with another
        cost, take the time that they take, until the next sign-in replaces them.

        Any text may be given and stored. A hash that costs more than `cost` allows matches nothing.
        """
        try:
            return self._computed(password, stored)
        except _UnusableError:
            self._spend()
            return _NO_MATCH

    def _computed(self, password: str, stored: str | None) -> PasswordCheck:
        """Raises _UnusableError where nothing can match, before anything was computed."""
        given = _bytes(password)
        if stored is None or not self._is_affordable(stored):
            raise _UnusableError
        if _ARGON2ID.fullmatch(stored):
            return self._check_argon2(given, stored)
        if killrvideo.is_bcrypt(stored):
            return _check_bcrypt(given, stored)
        if killrvideo.is_md5(stored):
            self._spend()
            return _inherited(matches=killrvideo.matches_md5(password, stored))
        raise _UnusableError

    def _is_affordable(self, stored: str) -> bool:
        # Our own cost is, whatever it is.
        return excess(stored) is None or f"${self._own_cost}$" in stored

    def _check_argon2(self, password: bytes, stored: str) -> PasswordCheck:
        try:
            self._argon2.verify(stored, password)
        except VerifyMismatchError:
            return _NO_MATCH
        except VerificationError as error:
            raise _UnusableError from error
        return PasswordCheck(matches=True, outdated=self._argon2.check_needs_rehash(stored))

    def _spend(self) -> None:
        """Takes as long as a check of the present cost."""
        self._argon2.hash(_DUMMY)


def _check_bcrypt(password: bytes, stored: str) -> PasswordCheck:
    try:
        return _inherited(matches=killrvideo.matches_bcrypt(password, stored))
    except ValueError as error:
        raise _UnusableError from error


def _inherited(*, matches: bool) -> PasswordCheck:
    """Of a hash that is not argon2id."""
    return PasswordCheck(matches=matches, outdated=matches)


def _bytes(password: str) -> bytes:
    """The password in UTF-8. Raises _UnusableError if it is no text, or too long."""
    try:
        given = password.encode()
    except UnicodeEncodeError as error:
        raise _UnusableError from error
    if len(given) > MAX_PASSWORD_BYTES:
        raise _UnusableError
    return given
