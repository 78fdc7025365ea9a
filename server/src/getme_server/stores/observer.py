"""What may watch the requests to a store; where nobody does, no code for it runs."""

from contextlib import AbstractContextManager
from typing import Protocol


class Observer(Protocol):
    """Sees each request of a call, for as long as it takes."""

    def asking(self, statement: str, *, times: int = 1) -> AbstractContextManager[None]:
        """Around one request. statement: without values. times: with how many sets of values."""
        ...
