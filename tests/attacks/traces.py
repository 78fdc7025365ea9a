"""What must never be seen again of what an attacker sent: canaries, and every part of a token."""

import re
from collections.abc import Iterable, Iterator

from tests.attacks.case import Case
from tests.attacks.forge import CANARY

# A part of a token; shorter ones are in too many other words.
_PART = re.compile(rb"[A-Za-z0-9_-]{20,}")
_PAD = re.compile(rb"^(.)\1*$", re.DOTALL)  # the same letter again and again


def parts(cases: Iterable[Case]) -> set[str]:
    """The texts that must not be seen."""
    return {CANARY, *(part for case in cases for part in _parts(case))}


def seen(texts: set[str], *places: str) -> list[str]:
    """Those of the texts that stand in one of the places."""
    everything = "\n".join(places)
    return sorted(text for text in texts if text in everything)


def _parts(case: Case) -> Iterator[str]:
    for sent in (*(value for _, value in case.fields), case.body, case.target):
        for part in _PART.findall(sent):
            if not _PAD.match(part):
                yield part[:80].decode()
