"""Lines on their way to a file, written by a thread of its own, so that no other waits for it.

A pipe that nobody reads holds 64 KiB, and whoever writes more waits until somebody does. Here only
the writing thread waits. What finds no room is dropped and counted, and a line in its place says
how much that was. Knows nothing of what a line means; who puts it says how much may lie before it.

`logging.handlers.QueueHandler` with a `QueueListener` was looked at and rejected: it queues records
of the standard library, which our events are not; it counts records, not what they take; it tells
a full queue by a traceback on standard error; and `QueueListener.stop` waits for ever.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import NamedTuple


class Dropped(NamedTuple):
    """How many lines were: common ones, and those that had more room."""

    lines: int = 0
    kept_lines: int = 0

    def plus(self, more: "Dropped") -> "Dropped":
        """Both together."""
        return Dropped(self.lines + more.lines, self.kept_lines + more.kept_lines)


_NONE, _ONE, _ONE_KEPT = Dropped(), Dropped(lines=1), Dropped(kept_lines=1)


class LineQueue:
    """Lines for one file. The thread begins at once, and ends with the process.

    Each line is written by itself, so that those of several processes do not mix, and past
    `sys.stdout`, whose lock a thread that cannot write would hold when the interpreter ends.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        encoding: str,
        room: int,
        kept_room: int,
        told: Callable[[Dropped], str],
    ) -> None:
        """descriptor: of a file that is open for writing. told: the line that tells of a loss.

        room: characters that may be held with a common line, before it is dropped. kept_room: the
        same, larger, with one that is to be kept.
        """
        self._descriptor = descriptor
        self._encoding = encoding
        self._room = room
        self._kept_room = kept_room
        self._told = told
        self._mutex = threading.Lock()
        self._lines: list[str] = []
        self._held = 0  # characters, of the line that is being written too
        self._dropped = _NONE  # since a line last told of it
        self._all_dropped = _NONE
        self._wakes: SimpleQueue[threading.Event | None] = SimpleQueue()
        threading.Thread(target=self._write_for_ever, name="log", daemon=True).start()

    def put(self, line: str) -> None:
        """Has a line written, which holds its own end, or drops it. Never waits for a reader."""
        self._put(line, self._room, _ONE)

    def put_kept(self, line: str) -> None:
        """The same for one that is to be kept."""
        self._put(line, self._kept_room, _ONE_KEPT)

    @property
    def dropped(self) -> Dropped:
        """How many lines were dropped since the beginning."""
        return self._all_dropped

    def wait(self, seconds: float) -> float:
        """Until all is written that was put before, or for so long; the seconds that it took."""
        began = time.monotonic()
        written = threading.Event()
        self._wakes.put(written)
        written.wait(seconds)
        return time.monotonic() - began

    def _put(self, line: str, room: int, lost: Dropped) -> None:
        with self._mutex:
            wakes = not self._lines and self._dropped is _NONE
            if self._held + len(line) > room:
                self._dropped = self._dropped.plus(lost)
                self._all_dropped = self._all_dropped.plus(lost)
            else:
                self._held += len(line)
                self._lines.append(line)
        if wakes:
            self._wakes.put(None)

    def _write_for_ever(self) -> None:
        while True:
            waiting = self._wakes.get()
            with self._mutex:
                lines, self._lines = self._lines, []
                dropped, self._dropped = self._dropped, _NONE
            for line in lines:
                self._write(line)
                with self._mutex:
                    self._held -= len(line)
            if dropped is not _NONE:  # while those lines were waiting
                self._write(self._told(dropped))
            if waiting is not None:
                waiting.set()

    def _write(self, line: str) -> None:
        """Loses the line rather than raise: a full disk must not end the thread."""
        rest = line.encode(self._encoding, errors="backslashreplace")
        with suppress(OSError):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
