"""A watch over certificates goes on whatever comes of a look, and hands over what is new."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
import structlog
from structlog.testing import capture_logs

from getme.program.certificates import CertificateRefused
from getme_gateway import tls_watch
from getme_gateway.tls_watch import TlsWatch

SECONDS = 10.0


class Held(NamedTuple):
    """What files hold."""

    expires: datetime | None = datetime(2030, 1, 1, tzinfo=UTC)


class Files:
    """Files that have changed once when they are looked at again.

    outcomes: of reading them, in turn, the first before the change; then all is well.
    """

    def __init__(self, *outcomes: Exception | None) -> None:
        self._contents = 0
        self._outcomes = list(outcomes)

    def contents(self) -> int:
        before, self._contents = self._contents, 1
        return before

    def read(self, _contents: int) -> Held:
        outcome = self._outcomes.pop(0) if self._outcomes else None
        if outcome is not None:
            raise outcome
        return Held()


def followed(watch: TlsWatch[int, Held], *outcomes: Exception | None) -> list[str]:
    """The events logged until what is new is taken up. outcomes: of taking it up, in turn."""
    left = list(outcomes)

    async def run() -> None:
        taken = asyncio.Event()

        async def take_up(_held: Held) -> None:
            outcome = left.pop(0)
            if outcome is not None:
                raise outcome
            taken.set()

        following = asyncio.ensure_future(watch.follow(take_up))
        await asyncio.wait_for(taken.wait(), SECONDS)
        following.cancel()

    with capture_logs() as lines:
        asyncio.run(run())
    return [line["event"] for line in lines]


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls_watch, "WATCH_SECONDS", 0.001)


def watch_over(files: Files) -> TlsWatch[int, Held]:
    return TlsWatch(files.contents, files.read, logger=structlog.get_logger())


def test_reading_that_fails_is_told_once_and_tried_again() -> None:
    files = Files(None, RuntimeError("a bug"), RuntimeError("a bug"))
    assert followed(watch_over(files), None) == ["bug", "tls_loaded"]


def test_what_could_not_be_taken_up_is_taken_up_later() -> None:
    faults = [OSError("no file left"), OSError("no file left")]
    assert followed(watch_over(Files()), *faults, None) == ["tls_loaded", "bug"]


def test_files_that_were_refused_are_read_again_as_they_are() -> None:
    early = [CertificateRefused("not valid yet"), CertificateRefused("not valid yet")]
    assert followed(watch_over(Files(None, *early)), None) == ["tls_refused", "tls_loaded"]
