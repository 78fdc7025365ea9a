"""A loopback address that counts its visitors: where a key's address in a token would lead."""

import socket
import threading
from types import TracebackType
from typing import Self


class Listener:
    """Accepts connections, answers nothing, and remembers how many there were."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._visited = threading.Condition()
        self.visits = 0

    def has_visits(self, number: int, seconds: float) -> bool:
        """Whether so many came, now or within so many seconds."""
        with self._visited:
            return self._visited.wait_for(lambda: self.visits >= number, seconds)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._accepting.join()

    def _accept(self) -> None:
        while True:
            try:
                visitor, _address = self._socket.accept()
            except OSError:  # closed
                return
            visitor.close()
            with self._visited:
                self.visits += 1
                self._visited.notify_all()
