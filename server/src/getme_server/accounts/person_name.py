"""What people are called: names of all scripts, but nothing that hides or moves other text.

A name is shown beside others' names by programs that trust it to be one line of text.
"""

import re
from unicodedata import category, normalize

from getme_server.errors import InvalidField

MAX_CHARACTERS = 50  # what KillrVideo's own backend takes at registration

# Cc; Zl and Zp; Bidi_Control (UAX #9 section 2), which makes one name look like another; Cs, which
# no store can keep. The joiners (U+200C, U+200D) pass: Persian, Indic scripts and emoji need them.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

# Blank all the same, although their category is that of letters, symbols, or what is not assigned:
# the fillers of Hangul, the empty Braille cell, and Default_Ignorable_Code_Point (UAX #44).
_BLANK = re.compile("[\u115f\u1160\u3164\uffa0\u2800\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
# Letters, numbers, punctuation, symbols, and what a later Unicode may have assigned.
_VISIBLE_CATEGORIES = ("L", "N", "P", "S", "Cn")


def person_name(text: str, field: str) -> str:
    """A name as it is stored: in NFC, without white space around it, 1 to 50 characters.

    Raises InvalidField naming field.
    """
    name = normalize("NFC", text.strip())
    if not 1 <= len(name) <= MAX_CHARACTERS:
        raise InvalidField({field: f"must have 1 to {MAX_CHARACTERS} characters, besides spaces"})
    if _FORBIDDEN.search(name):
        raise InvalidField(
            {field: "must have no control characters, such as line ends or marks of direction"}
        )
    if not any(map(_is_visible, name)):
        raise InvalidField({field: "must have a letter or another visible character"})
    return name


def _is_visible(character: str) -> bool:
    return category(character).startswith(_VISIBLE_CATEGORIES) and _BLANK.match(character) is None
