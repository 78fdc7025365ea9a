"""One log for a whole program: our events and those of the libraries, on standard output.

JSON, one object a line (`GETME_LOG_FORMAT=json`), or for a person's eyes (`text`). Nothing here
knows what an event means; who logs decides that no secret is in it.
"""

import io
import json
import logging
import sys
from contextlib import suppress
from functools import partial
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor

LogFormat = Literal["json", "text"]
LogLevel = Literal["debug", "info", "warning", "error"]

_QUIET_LIBRARIES = ("cassandra", "grpc", "asyncio", "granian")
# Their errors are about a network that comes and goes; others' tracebacks are about our bugs.
_BRIEF_LIBRARIES = ("cassandra", "grpc")
# grpcio logs metadata that is not UTF-8 in full, at each call: a token with a stray byte, or 128
# KiB of whatever a caller sends, without limit. The call itself is refused and logged by us.
_LEAKS = {"grpc._cython.cygrpc": "Invalid encoding on"}


def configure_logs(*, log_format: LogFormat | None, level: LogLevel) -> None:
    """Sends all logs to standard output. log_format None: text on a terminal, else JSON."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a log line never fails, whatever it holds
        sys.stdout.reconfigure(errors="backslashreplace")
    as_text = log_format == "text" or (log_format is None and sys.stdout.isatty())
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if as_text else _json
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(_StandardOutput()),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(_StandardOutput())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_brief_error, structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name, begin in _LEAKS.items():
        logging.getLogger(name).addFilter(partial(_is_no_leak, begin))
    for name in _QUIET_LIBRARIES:  # their informative lines are about themselves
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))


def _is_no_leak(begin: str, record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(begin)


class _StandardOutput(io.StringIO):
    """Standard output that loses lines rather than raise: a full disk must not fail a call.

    Each line comes in one write, so that lines of several workers do not mix.
    """

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            sys.stdout.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.flush()


def _brief_error(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An error of a brief library in a few words."""
    exc_info = event.get("exc_info")
    name = event["_record"].name
    if (
        isinstance(exc_info, tuple)
        and exc_info[1] is not None
        and name.startswith(_BRIEF_LIBRARIES)
    ):
        del event["exc_info"]
        event["error"] = f"{type(exc_info[1]).__name__}: {exc_info[1]}"
    return event


def _json(_logger: object, _method: str, event: Any) -> str:
    try:
        return orjson.dumps(event, default=repr).decode()
    except TypeError:  # lone surrogates, integers of more than 64 bits: a log line never fails
        return json.dumps(event, default=repr)
