"""Takes up a changed certificate while the gateway runs, and keeps the last good one otherwise.

Looks each WATCH_SECONDS, as the server does at its keys file and for the same reasons, and at once
on SIGHUP.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from getme_gateway.tls_files import TlsFiles, TlsPair, TlsRefused

WATCH_SECONDS = 1.0


class TlsWatch:
    """Looks at two files. clock: aware. pair: what they held at the start."""

    def __init__(
        self, files: TlsFiles, *, clock: Callable[[], datetime], logger: FilteringBoundLogger
    ) -> None:
        """Raises TlsRefused."""
        self._files = files
        self._clock = clock
        self._logger = logger
        self._seen = files.contents()
        self._said = ""
        self.pair = files.pair(self._seen, now=clock())

    async def follow(self, take_up: Callable[[TlsPair], None]) -> None:
        """Calls take_up with each new pair, until it is cancelled."""
        asked = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), WATCH_SECONDS)
            asked.clear()
            pair = self._changed()
            if pair is not None:
                take_up(pair)
                self._logger.info("tls_loaded", expires=pair.expires.isoformat())

    def _changed(self) -> TlsPair | None:
        """The new pair if there is one. What cannot be used is said once."""
        try:
            contents = self._files.contents()
            if contents == self._seen:
                return None
            self._seen = contents
            pair = self._files.pair(contents, now=self._clock())
        except TlsRefused as refused:
            if str(refused) != self._said:
                self._said = str(refused)
                # The text says it all; a trace would not help an operator.
                self._logger.error("tls_refused", reason=self._said)  # noqa: TRY400
            return None
        self._said = ""
        return pair
