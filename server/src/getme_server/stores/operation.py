"""What a statement of ours does, in two words: for figures and traces, never with a value."""

import re
from functools import lru_cache
from typing import NamedTuple

# Of a batch that is one statement, its first.
_VERB = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE)\b")
# The table that a statement names first: what it reads from, or writes to.
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(?:\{keyspace\}\.)?([a-z_]+)")
_KEPT = 512  # all of ours; a list of IDs makes a statement for each length


class Operation(NamedTuple):
    """A verb such as SELECT, and the table; empty for what is neither read nor written."""

    verb: str
    table: str

    def __str__(self) -> str:
        return f"{self.verb} {self.table}".rstrip()


@lru_cache(_KEPT)
def operation_of(statement: str) -> Operation:
    """What a statement does, by its own text."""
    verb, table = _VERB.search(statement), _TABLE.search(statement)
    return Operation(verb[1] if verb else "", table[1] if table else "")
