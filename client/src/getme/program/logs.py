"""One log for a whole program: our events and those of the libraries, on standard output.

JSON, one object a line (`GETME_LOG_FORMAT=json`), or for a person's eyes (`text`). Nothing here
knows what an event means; who logs decides that no secret is in it.

Who logs never waits for who reads: a thread writes (`line_queue`).
"""

import io
import json
import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor

from getme.program.line_queue import Dropped, LineQueue

LogFormat = Literal["json", "text"]
LogLevel = Literal["debug", "info", "warning", "error"]

DEBUG: LogLevel = "debug"
# For `structlog.wrap_logger(None, logger_factory_args=(AUDIT,))`: lines that are evidence, and find
# room when there is none for others.
AUDIT = "audit"
# Characters held while nobody reads. About 4,000 lines of calls, 20 s of as many as are logged at
# most; then room for 25,000 audit lines.
_ROOM = 1024 * 1024
_AUDIT_ROOM = 8 * _ROOM
# How long the end of a process waits, in all, for somebody to read. Workers wait first, then their
# parent, within the second that it gives them beyond their own time.
FINISH_SECONDS = 0.5
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
    """Sends all logs to standard output. log_format None: text on a terminal, else JSON.

    For a program that runs until it is told to end: a thread writes from now on. What is queued is
    written when the interpreter ends; who ends the process otherwise calls `finish_logs`.
    """
    threshold = LogThreshold(level)
    as_text = log_format == "text" or (log_format is None and sys.stdout.isatty())
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if as_text else _json
    lines = LineQueue(
        sys.stdout.fileno(),
        encoding=sys.stdout.encoding,
        room=_ROOM,
        kept_room=_AUDIT_ROOM,
        told=_told,
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=threshold.logger_class,
        logger_factory=partial(_logger, _Lines(lines.put), _Lines(lines.put_kept)),
        cache_logger_on_first_use=True,
    )
    handler = _QueueingHandler(lines)
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


class _Lines(io.StringIO):
    """A file of which each write is a line for the queue."""

    def __init__(self, put: Callable[[str], None]) -> None:
        super().__init__()
        self._put = put

    def write(self, text: str) -> int:
        self._put(text)
        return len(text)


class _QueueingHandler(logging.StreamHandler[_Lines]):
    """Queues records of the standard library, and ends the queue with it, at the very end."""

    def __init__(self, lines: LineQueue) -> None:
        super().__init__(_Lines(lines.put))
        self._lines = lines
        self._patience_seconds = FINISH_SECONDS

    @property
    def dropped(self) -> Dropped:
        """How many lines found no room since the beginning."""
        return self._lines.dropped

    def finish(self) -> None:
        """Waits for the lines before; but FINISH_SECONDS in all, however often it is called."""
        self._patience_seconds -= self._lines.wait(max(0.0, self._patience_seconds))

    def close(self) -> None:
        self.finish()
        super().close()


def finish_logs() -> None:
    """Returns once all is written that was logged before, or after FINISH_SECONDS.

    Does nothing where logs were not configured.
    """
    for handler in _queueing_handlers():
        handler.finish()


def dropped_lines() -> Dropped:
    """How many lines of this process nobody will read, because nobody read those before them."""
    return next((handler.dropped for handler in _queueing_handlers()), Dropped())


def _queueing_handlers() -> list[_QueueingHandler]:
    """The one, where logs are configured."""
    return [one for one in logging.root.handlers if isinstance(one, _QueueingHandler)]


def _logger(common: _Lines, audit: _Lines, *args: object) -> structlog.WriteLogger:
    """A logger for what `structlog.get_logger` was given."""
    return structlog.WriteLogger(audit if args == (AUDIT,) else common)


def _told(dropped: Dropped) -> str:
    """The line that tells of a loss, at every level."""
    log = structlog.wrap_logger(
        structlog.ReturnLogger(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
    )
    lost = {"lines": dropped.lines, "audit_lines": dropped.kept_lines}
    return f"{log.warning('log_lines_dropped', **lost)}\n"


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
