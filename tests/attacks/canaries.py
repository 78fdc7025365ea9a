"""Secrets that can be recognised wherever they are written, and in whatever way.

Each has a core that stays as it is in a URL, in JSON, in a repr and in a quotation; in base64 and
in hexadecimal the core is looked for as it is written there.
"""

import base64
import secrets
from collections.abc import Iterable, Iterator

CORE_BYTES = 8
CHUNK_CHARACTERS = 16  # of a token: a part of it is too much, too


class Canaries:
    """Texts that must not be seen. Case makes no difference: an address is folded."""

    def __init__(self) -> None:
        self._cores: list[str] = []

    def password(self) -> str:
        """Long enough, of no known words, and hard to write down."""
        return f'"{self._core()}" &\\%/é'

    def email(self) -> str:
        """An address of nobody."""
        return f"Canary.{self._core()}@example.org"

    def word(self) -> str:
        """A text that fits everywhere."""
        return f"canary{self._core()}"

    def token(self, text: str) -> str:
        """A token that a server has made. Of a signed one the signature is what must be kept."""
        secret = text.rpartition(".")[2]
        ends = range(CHUNK_CHARACTERS, len(secret) + 1, CHUNK_CHARACTERS)
        self._cores += [secret[end - CHUNK_CHARACTERS : end] for end in ends]
        return text

    def seen(self, places: Iterable[str]) -> list[str]:
        """The cores that stand in one of the places, each as it is written there."""
        everything = "\n".join(places).casefold()
        return [form for core in self._cores for form in _forms(core) if form in everything]

    def _core(self) -> str:
        core = secrets.token_hex(CORE_BYTES)
        self._cores.append(core)
        return core


def _forms(core: str) -> Iterator[str]:
    yield core.casefold()
    yield core.encode().hex()
    for before in range(3):  # where it stands in a group of three bytes changes all its letters
        whole = base64.b64encode(bytes(before) + core.encode()).decode()
        # The first and the last group hold bits of what stands beside it.
        inner = whole[4 if before else 0 : -4]
        yield inner.casefold()
        yield inner.translate(str.maketrans("+/", "-_")).casefold()
