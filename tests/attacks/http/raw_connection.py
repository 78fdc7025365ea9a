"""Sends bytes over a connection of their own and reads what comes back as HTTP answers."""

import http.client
import io
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

# Longer than this nobody is kept waiting, or holds a connection without asking for something.
PATIENCE_SECONDS = 10.0
# What follows a complete answer at once would be a second one.
SILENCE_SECONDS = 0.3
MAX_ANSWERS = 5


class Received(NamedTuple):
    """One complete answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange(NamedTuple):
    """What came back. is_closed: the other end has closed the connection."""

    answers: list[Received]
    is_closed: bool


def exchange(address: tuple[str, int], sent: bytes, *, until_closed: bool = False) -> Exchange:
    """Sends all of it, whatever comes back meanwhile, and reads until nothing more comes.

    until_closed: or rather until the other end has closed the connection, if it does in time.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    received = b""
    with socket.create_connection(address, PATIENCE_SECONDS) as connection:
        # It may be refused, and the connection closed, before the end of it.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(sent)
        while (left := ends - time.monotonic()) > 0:
            answers = answers_in(received)
            may_be_all = answers and not until_closed
            connection.settimeout(min(left, SILENCE_SECONDS) if may_be_all else left)
            try:
                part = connection.recv(65_536)
            except TimeoutError:
                break
            except ConnectionResetError:
                return Exchange(answers, is_closed=True)
            if not part:
                return Exchange(answers_in(received), is_closed=True)
            received += part
    return Exchange(answers_in(received), is_closed=False)


def answers_in(received: bytes) -> list[Received]:
    """The complete answers, without interim ones."""
    stream = _Stream(received)
    answers: list[Received] = []
    while stream.tell() < len(received) and len(answers) < MAX_ANSWERS:
        try:
            with http.client.HTTPResponse(_Socket(stream)) as response:  # type: ignore[arg-type]
                response.begin()
                body = response.read()
        except http.client.HTTPException:
            break  # the rest is still to come
        answers.append(Received(response.status, dict(response.headers.items()), body))
    return answers


class _Stream(io.BytesIO):
    """Stays open when one answer has been read from it."""

    def close(self) -> None:
        """The next answer is read from it too."""


class _Socket:
    """As much of a socket as http.client reads from."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> _Stream:
        return self._stream
