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

DEBUG: LogLevel = "debug"
_QUIET_LIBRARIES = ("cassandra", "grpc", "asyncio", "granian")
# Their errors are about a network that comes and goes; others' tracebacks are about our bugs.
_BRIEF_LIBRARIES = ("cassandra", "grpc")
# grpcio logs metadata that is not UTF-8 in full, at each call: a token with a stray byte, or 128
# KiB of whatever a caller sends, without limit. The call itself is refused and logged by us.
_LEAKS = {"grpc._cython.cygrpc": "Invalid encoding on"}


class LogThreshold:
    """The least level that is logged, which can be moved while the program runs.

    Loggers are made once and kept, so that a line below the level costs nothing; what they do is
    changed by giving their class another base.
    """

    def __init__(self, level: LogLevel) -> None:
        """Looks at no log yet. level: the one to begin with, and to come back to."""
        self._level = level
        self.logger_class = type("Logger", (structlog.make_filtering_bound_logger(level),), {})

    def down_to_debug(self) -> None:
        """Logs all from now on. Safe to call again."""
        self._move(DEBUG)
        _tell(DEBUG)

    def back(self) -> None:
        """Logs as at the start."""
        _tell(self._level)  # first: the level itself may be one at which nobody reads of it
        self._move(self._level)

    def _move(self, level: LogLevel) -> None:
        self.logger_class.__bases__ = (structlog.make_filtering_bound_logger(level),)
        _hold_libraries(level)


def _tell(least: LogLevel) -> None:
    structlog.get_logger().info("log_level", least=least)


def configure_logs(*, log_format: LogFormat | None, level: LogLevel) -> LogThreshold:
    """Sends all logs to standard output. log_format None: text on a terminal, else JSON."""
    threshold = LogThreshold(level)
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
        wrapper_class=threshold.logger_class,
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
    logging.basicConfig(handlers=[handler], force=True)
    for name, begin in _LEAKS.items():
        logging.getLogger(name).addFilter(partial(_is_no_leak, begin))
    _hold_libraries(level)
    return threshold


def _hold_libraries(level: LogLevel) -> None:
    """Lets libraries log from a level on; the quiet ones from warnings on."""
    logging.root.setLevel(level.upper())
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
