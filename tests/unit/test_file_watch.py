"""Looks at files go on, whatever comes of one of them."""

import threading

from structlog.testing import capture_logs

from getme_server.file_watch import FileWatch

SECONDS = 10.0


class FailingWatch(FileWatch):
    """Fails at its first looks."""

    def __init__(self, failures: int) -> None:
        super().__init__("failing-watch")
        self._failures = failures
        self.is_over = threading.Event()

    def look(self) -> None:
        if self._failures == 0:
            self.is_over.set()
            return
        self._failures -= 1
        self.look_soon()
        raise RuntimeError("a bug")


def test_looks_that_fail_are_told_once_and_others_come() -> None:
    watch = FailingWatch(3)
    with capture_logs() as lines:
        watch.start()
        assert watch.is_over.wait(SECONDS)
        watch.stop()
    assert [line["event"] for line in lines] == ["bug"]
