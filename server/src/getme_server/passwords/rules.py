"""Which passwords may be chosen (NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS 5.0, 6.2).

Long enough, not among the commonest, not made of what everybody knows of the user. What kinds of
characters there are is no rule, and a password is used exactly as it was typed.
"""

import re
from functools import cache
from unicodedata import normalize

from getme_server.errors import InvalidField

MIN_CHARACTERS = 8
MAX_CHARACTERS = 128

# What is left of a password without the user's own words must be as long as such a word must be
# to count as one: "ada" is in too many good passwords.
MIN_WORD_CHARACTERS = 4

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def require_good(
    password: str, *, email: str, firstname: str, lastname: str, field: str = "password"
) -> None:
    """Raises InvalidField naming field if a password may not be chosen.

    email, firstname, lastname: of who chooses it, as they were given; any may be no good itself.
    """
    fault = _fault(password, (email, firstname, lastname))
    if fault is not None:
        raise InvalidField({field: fault})


def _fault(password: str, known: tuple[str, ...]) -> str | None:
    """What would be right instead; None where it is."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        return f"must have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters"
    if not _is_text(password):
        return "must be text: it holds half a character"
    folded = _folded(password)
    if folded in _commonest():
        return "must not be one of the commonest passwords, which are guessed first"
    if _is_made_of(folded, known):
        return "must not be made of your own e-mail address or names, which are guessed first"
    return None


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folded(text: str) -> str:
    """Text in which case and the ways to write one character make no difference."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


@cache
def _commonest() -> frozenset[str]:
    """The 30,000 commonest passwords, folded, commonest first in zxcvbn's list of them."""
    # Imported when first needed: it takes 40 ms, which commands and tests seldom have to spend.
    from zxcvbn.frequency_lists import (  # type: ignore[import-untyped]  # noqa: PLC0415
        FREQUENCY_LISTS,
    )

    return frozenset(map(_folded, FREQUENCY_LISTS["passwords"]))


def _is_made_of(password: str, known: tuple[str, ...]) -> bool:
    """Whether little is left of a folded password without the words that are known."""
    words = sorted({word for text in known for word in _words(_folded(text))}, key=len)
    if not words:
        return False
    longest_first = "|".join(map(re.escape, reversed(words)))
    return len(re.sub(longest_first, "", password)) < MIN_WORD_CHARACTERS


def _words(text: str) -> set[str]:
    """A text, its two halves if it is an address, and each word in it; none of them short."""
    found = {text, *text.split("@"), *_BETWEEN_WORDS.split(text)}
    return {word for word in found if len(word) >= MIN_WORD_CHARACTERS}
