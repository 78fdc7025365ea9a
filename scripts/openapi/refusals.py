"""What an RPC refuses with, read from the sentence `Refusals: ...` that ends its comment.

The sentence names gRPC codes, with the reasons and sometimes a note on one in parentheses, or
another RPC: `as GetMe, and NOT_FOUND (USER_NOT_FOUND)`, `as GetMe, without its note on X`.
"""

import re
from collections.abc import Mapping

from getme.reasons import Reason
from scripts.openapi.comments import Comments

_SENTENCE = re.compile(r"\s*Refusals: (.*)\Z", re.DOTALL)
_AS = re.compile(r"\Aas (\w+)")
_WITHOUT_NOTE = re.compile(r"without its note on (\w+)")
_CODE = re.compile(r"[A-Z_]+ \(([^)]*)\)")
_REASON = re.compile(r"([A-Z_]{4,})(?:: (.*?))?(?=, [A-Z_]{4,}(?:[,:]|\Z)|\Z)")


class UnreadableRefusalsError(Exception):
    """A comment whose refusals cannot be read; the text says which."""


def split_refusals(comment: str) -> tuple[str, str]:
    """The comment without its refusals, and these, empty where there are none."""
    found = _SENTENCE.search(comment)
    return (comment[: found.start()], found[1]) if found else (comment, "")


def refusals_of(rpc: str, comments: Comments) -> Mapping[Reason, str]:
    """The reasons that an RPC names, in its order, each with the note on it or nothing.

    rpc: full name. Raises UnreadableRefusalsError.
    """
    _, sentence = split_refusals(comments.get(rpc, ""))
    found: dict[Reason, str] = {}
    if other := _AS.match(sentence):
        named = f"{rpc.rpartition('.')[0]}.{other[1]}"
        found |= refusals_of(
            named if named in comments else _elsewhere(other[1], comments), comments
        )
    if without := _WITHOUT_NOTE.search(sentence):
        found[Reason(without[1])] = ""
    for reasons in _CODE.findall(sentence):
        for name, note in _REASON.findall(reasons):
            if name not in Reason.__members__:
                raise UnreadableRefusalsError(f"{rpc}: {name} is no reason of getme")
            found[Reason(name)] = note
    if sentence and not found:
        raise UnreadableRefusalsError(f"{rpc}: its refusals name no reason")
    return found


def _elsewhere(name: str, comments: Comments) -> str:
    """The full name of the RPC of that name in another service."""
    for known in comments:
        if known.endswith(f"Service.{name}"):
            return known
    raise UnreadableRefusalsError(f"no RPC is called {name}")
