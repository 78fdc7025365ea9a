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

from getme.program.certificates import Certificate, CertificateFiles, CertificateRefused

WATCH_SECONDS = 1.0


class TlsWatch:
    """Looks at two files. clock: aware. current: what they held when they were last good."""

    def __init__(
        self,
        files: CertificateFiles,
        *,
        clock: Callable[[], datetime],
        logger: FilteringBoundLogger,
    ) -> None:
        """Raises CertificateRefused."""
        self._files = files
        self._clock = clock
        self._logger = logger
        self._seen = files.contents()
        self._said = ""
        self.current = files.certificate(self._seen, now=clock())

    async def follow(self, take_up: Callable[[Certificate], None]) -> None:
        """Calls take_up with each new certificate, until it is cancelled."""
        asked = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), WATCH_SECONDS)
            asked.clear()
            certificate = self._changed()
            if certificate is not None:
                take_up(certificate)
                self._logger.info("tls_loaded", expires=certificate.expires.isoformat())

    def _changed(self) -> Certificate | None:
        """The new one if there is one. What cannot be used is said once."""
        try:
            contents = self._files.contents()
            if contents == self._seen:
                return None
            self._seen = contents
            certificate = self._files.certificate(contents, now=self._clock())
        except CertificateRefused as refused:
            if str(refused) != self._said:
                self._said = str(refused)
                # The text says it all; a trace would not help an operator.
                self._logger.error("tls_refused", reason=self._said)  # noqa: TRY400
            return None
        self._said = ""
        self.current = certificate
        return certificate
