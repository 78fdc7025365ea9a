"""Records of changes as lines of the program's log, by a logger of their own.

`logger` is AUDIT_LOGGER in each, by which an operator sends them elsewhere. They come out at every
`GETME_LOG_LEVEL`: who raised it wants less noise, not less evidence. While nobody reads the log,
they are the last for which there is no room.
"""

import logging
from uuid import UUID

import structlog

from getme.program.logs import AUDIT
from getme_server.accounts.audit import Action
from getme_server.accounts.origin import Origin

AUDIT_LOGGER = "getme.audit"
MAX_FACT_CHARACTERS = 256


class AuditLog:
    """An Audit that writes a log line for each record."""

    def __init__(self) -> None:
        self._log = structlog.wrap_logger(
            None,  # where to and in which format is as for all logs
            wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
            logger_factory_args=(AUDIT,),
        )

    def record(
        self, action: Action, *, by: str, user_id: UUID | None, origin: Origin, **facts: str
    ) -> None:
        """Writes a line; see Audit."""
        fields = {name: _one_line(fact) for name, fact in facts.items()}
        fields |= {
            "logger": AUDIT_LOGGER,
            "by": _one_line(by),
            "request_id": _one_line(origin.request_id),
            "address": _one_line(origin.address),
        }
        if user_id is not None:
            fields["user_id"] = str(user_id)
        self._log.info(action.value, **fields)


def _one_line(text: str) -> str:
    """A text that neither ends a line nor moves a terminal's cursor, nor hides what it is."""
    text = text[:MAX_FACT_CHARACTERS]
    return text if text.isprintable() else repr(text)[1:-1]
