"""Commands run in this process here, and set its logs up as their own."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """What a command wrote its log to is closed once it has ended."""
    yield
    structlog.reset_defaults()
