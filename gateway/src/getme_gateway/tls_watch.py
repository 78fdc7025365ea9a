"""Takes up changed certificates while the gateway runs, and keeps the last good ones otherwise.

Looks each WATCH_SECONDS, as the server does at its keys file and for the same reasons, and at once
when it is told to.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from structlog.typing import FilteringBoundLogger

from getme.program.certificates import CertificateRefused

WATCH_SECONDS = 1.0


class Expiring(Protocol):
    """What certificate files hold. expires: aware, None where there is nothing that does."""

    @property
    def expires(self) -> datetime | None:
        """When it can no longer be used."""
        ...


Contents = TypeVar("Contents")
Held = TypeVar("Held", bound=Expiring)


class TlsWatch(Generic[Contents, Held]):
    """Looks at files. current: what they held when they were last good.

    contents: all that is in them. read: what that holds, checked. Both raise CertificateRefused.
    """

    def __init__(
        self,
        contents: Callable[[], Contents],
        read: Callable[[Contents], Held],
        *,
        logger: FilteringBoundLogger,
    ) -> None:
        """Raises CertificateRefused."""
        self._contents = contents
        self._read = read
        self._logger = logger
        self._seen = contents()
        self._said = ""  # of files that cannot be used
        self._fault = ""  # of ours
        self._is_news = False
        self._asked = asyncio.Event()
        self.current = read(self._seen)

    def look_soon(self) -> None:
        """Looks now, and not within WATCH_SECONDS."""
        self._asked.set()

    async def follow(self, take_up: Callable[[Held], Awaitable[None]]) -> None:
        """Calls take_up with what is new each time, until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), WATCH_SECONDS)
            self._asked.clear()
            try:
                await self._look(take_up)
                self._fault = ""
            except Exception as fault:  # whatever it is, later looks must come
                if repr(fault) != self._fault:
                    self._fault = repr(fault)
                    self._logger.exception("bug")

    async def _look(self, take_up: Callable[[Held], Awaitable[None]]) -> None:
        if self._has_changed():
            self._is_news = True
            ends = self.current.expires
            self._logger.info("tls_loaded", expires=ends and ends.isoformat())
        if self._is_news:
            await take_up(self.current)
            self._is_news = False

    def _has_changed(self) -> bool:
        """Whether there is something new. What cannot be used is said once.

        It is read again each time, unlike what is in use: its day may be yet to come.
        """
        try:
            contents = self._contents()
            if contents == self._seen and not self._said:
                return False
            self.current = self._read(contents)
            self._seen = contents
        except CertificateRefused as refused:
            if str(refused) != self._said:
                self._said = str(refused)
                # The text says it all; a trace would not help an operator.
                self._logger.error("tls_refused", reason=self._said)  # noqa: TRY400
            return False
        self._said = ""
        return True
