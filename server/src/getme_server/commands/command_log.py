"""The log of a command that ends by itself: on standard error, beside what it says itself.

Standard output is for the answer, which scripts read; the audit records go where errors go, so that
an operator can keep them: `2>> audit.log`.
"""

import sys

import structlog
from structlog.typing import Processor

from getme.program.logs import LogFormat


def log_to_standard_error(log_format: LogFormat | None) -> None:
    """Sends our log there. log_format None: text on a terminal, else JSON, as servers do it."""
    as_text = log_format == "text" or (log_format is None and sys.stderr.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
