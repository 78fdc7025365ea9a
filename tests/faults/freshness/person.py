"""A user of a scene: what is known of them, and the tokens that they were given."""

import itertools

from tests.accounts import PASSWORD
from tests.faults.freshness.history import State, Version, Versions

_numbers = itertools.count()


class Person:
    """Somebody whom one writer changes, and whom all ask about.

    made: when the account was; its change was acknowledged. tokens: by their numbers; only ever
    more of them.
    """

    def __init__(self, user_id: str, email: str, made: Version) -> None:
        self.user_id = user_id
        self.email = email
        self.password = PASSWORD
        self.tokens: list[str] = []
        self.versions = Versions(made)

    @property
    def state(self) -> State:
        """What they are now, as far as their writer knows."""
        return self.versions.state

    @property
    def good_tokens(self) -> list[int]:
        """Numbers of the tokens that were not taken back."""
        return [number for number in range(len(self.tokens)) if number not in self.state.revoked]


def new_name() -> str:
    """A name that nobody ever had."""
    return f"Ada{next(_numbers)}"


def new_password() -> str:
    """A password that nobody ever had."""
    return f"{PASSWORD} {next(_numbers)}"
