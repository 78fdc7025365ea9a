"""A client of gRPC that does only what it is told, frame by frame."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from bench.http2_frames import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADER_BYTES,
    HEADERS,
    PING,
    RST_STREAM,
    SETTINGS,
    constant_headers,
    first_block,
    frame,
    later_block,
    literal,
    opening,
    read_header,
)

GET_ME = "/getme.v1.UserService/GetMe"
EMPTY_MESSAGE = bytes(5)  # not compressed, no bytes
SECONDS = 20.0
DRAIN_SECONDS = 250.0
OPENING = opening()
# SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.5.2): no byte of an answer may be sent.
_NO_WINDOW = (4).to_bytes(2) + (0).to_bytes(4)
OPENING_OF_ONE_WHO_READS_NOTHING = OPENING.replace(
    frame(SETTINGS, 0, 0), frame(SETTINGS, 0, 0, _NO_WINDOW)
)
_ACKNOWLEDGED = {SETTINGS, PING}


class RawClient:
    """One connection. Its calls have no deadline, so that only the server can end them.

    While it reads it answers what a server asks: gRPC counts calls that were taken back until its
    PING is answered, and refuses more of them.
    """

    def __init__(self, address: str, first: bytes = OPENING) -> None:
        """first: what is sent at once."""
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=SECONDS)
        self._address = address
        self._streams = 0
        self._buffer = b""
        self._mutex = threading.Lock()  # one thread may read while another sends
        self.socket.sendall(first)

    def call(self, path: str = GET_ME, authorization: str = "Bearer x") -> tuple[int, bytes]:
        """The number of a new stream and the HEADERS that begin it, not yet sent."""
        *constant, _deadline = constant_headers(self._address, path)
        block = later_block(constant) if self._streams else first_block(constant)
        self._streams += 1
        stream = 2 * self._streams - 1
        block += literal(b"authorization", authorization.encode())
        return stream, frame(HEADERS, END_HEADERS, stream, block)

    def send(self, frames: Iterable[bytes]) -> bool:
        """Sends them; whether the server was still there."""
        try:
            with self._mutex:
                self.socket.sendall(b"".join(frames))
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def received(self, seconds: float = SECONDS) -> Iterator[tuple[int, int, bytes]]:
        """Kind, stream and payload of each frame that comes, until none comes any more."""
        ends = time.monotonic() + seconds
        with suppress(ConnectionResetError, TimeoutError):
            while (left := ends - time.monotonic()) > 0:
                while len(self._buffer) >= HEADER_BYTES:
                    length, kind, flags, stream = read_header(self._buffer, 0)
                    end = HEADER_BYTES + length
                    if len(self._buffer) < end:
                        break
                    payload, self._buffer = self._buffer[HEADER_BYTES:end], self._buffer[end:]
                    if kind in _ACKNOWLEDGED and not flags & ACK:
                        self.send([frame(kind, ACK, 0, payload if kind == PING else b"")])
                    yield kind, stream, payload
                self.socket.settimeout(left)
                part = self.socket.recv(65_536)
                if not part:
                    return
                self._buffer += part

    def begin(self, path: str, number: int, authorization: str = "Bearer x") -> None:
        """Makes so many calls with an empty request, and waits until an answer to each begins."""
        for _ in range(number):
            stream, call = self.call(path, authorization)
            assert self.send((call, frame(DATA, END_STREAM, stream, EMPTY_MESSAGE)))
        begun: set[int] = set()
        for kind, stream, _ in self.received():
            if kind == HEADERS:
                begun.add(stream)
            if len(begun) == number:
                return
        raise AssertionError(f"{len(begun)} of {number} calls of {path} have an answer")

    def is_answered(self, wanted: int, seconds: float = SECONDS) -> bool:
        """Whether a stream comes to an end in time, while the connection lasts."""
        ends = {HEADERS, RST_STREAM}
        return any(stream == wanted and kind in ends for kind, stream, _ in self.received(seconds))

    def drain(self) -> None:
        """Reads what comes until the connection ends."""
        for _ in self.received(DRAIN_SECONDS):
            pass

    def finish(self) -> None:
        """Says that nothing more will come: the server reads what was sent, and ends it."""
        with suppress(OSError):  # the server has ended it
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.socket.close()


@contextmanager
def raw_clients(
    address: str, number: int, first: bytes = opening()
) -> Iterator[list[RawClient]]:  # as above
    """So many connections."""
    with ExitStack() as stack:
        clients = []
        for _ in range(number):
            clients.append(RawClient(address, first))
            stack.callback(clients[-1].close)
        yield clients
