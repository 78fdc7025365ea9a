"""Several workers on one port: starts them, replaces those that die, adds up their figures.

Workers are spawned, never forked: gRPC and the Cassandra driver do not survive a fork
(https://github.com/grpc/grpc/blob/master/doc/fork_support.md).
"""

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import structlog

from getme_server.interceptors.metrics import CallCounts

START_SECONDS = 30.0
_ANSWER_SECONDS = 1.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.5
_RESTART_PAUSE_SECONDS = 1.0

_log = structlog.get_logger()

WorkerTarget = Callable[[Connection], None]


class WorkerFailed(Exception):
    """A worker ended before it answered calls; it has said why itself."""


class _Worker:
    """A worker process, its pipe, and what it had counted when last asked."""

    def __init__(self, target: WorkerTarget, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.number = number
        self.counts = CallCounts()
        self._pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=target, args=(theirs,), name=f"worker-{number}", daemon=True
        )
        self.process.start()
        theirs.close()

    def wait_until_ready(self) -> bool:
        wait([self._pipe, self.process.sentinel], START_SECONDS)
        try:
            return self._pipe.poll() and self._pipe.recv() is None
        except (EOFError, OSError):
            return False

    def ask_counts(self) -> CallCounts:
        try:
            self._pipe.send(None)
            if self._pipe.poll(_ANSWER_SECONDS):
                self.counts = self._pipe.recv()
        except (EOFError, OSError):
            pass  # it died; what it counted before stays counted
        return self.counts


class Supervisor:
    """Keeps a number of workers running. target: picklable, runs in each of them."""

    def __init__(self, target: WorkerTarget, workers: int) -> None:
        self._target = target
        self._workers: list[_Worker] = []
        self._number = workers
        self._gone = CallCounts()
        self._mutex = threading.Lock()

    def start(self) -> None:
        """Starts all workers. Raises WorkerFailed if one of them does not come up."""
        self._workers = [_Worker(self._target, number + 1) for number in range(self._number)]
        came_up = [worker.wait_until_ready() for worker in self._workers]
        if not all(came_up):
            self.stop()
            raise WorkerFailed("a worker did not start; its own line says why")

    def run(self, stopping: threading.Event) -> None:
        """Replaces workers that die, until stopping is set."""
        while not stopping.is_set():
            wait([worker.process.sentinel for worker in self._workers], _LOOK_SECONDS)
            for index, worker in enumerate(self._workers):
                if not worker.process.is_alive() and not stopping.is_set():
                    self._replace(index, stopping)

    def stop(self) -> None:
        """Asks all workers to end, and ends those that do not."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_STOP_SECONDS)
            if worker.process.is_alive():
                _log.warning("worker_killed", worker=worker.number, pid=worker.process.pid)
                worker.process.kill()
                worker.process.join()

    def counted(self) -> CallCounts:
        """The calls of all workers since the start, those of dead workers included."""
        total = CallCounts()
        with self._mutex:
            total.add(self._gone)
            for worker in self._workers:
                total.add(worker.ask_counts())
        return total

    def _replace(self, index: int, stopping: threading.Event) -> None:
        dead = self._workers[index]
        _log.error(
            "worker_died", worker=dead.number, pid=dead.process.pid, exit_code=dead.process.exitcode
        )
        successor = _Worker(self._target, dead.number)
        with self._mutex:
            self._gone.add(dead.counts)
            self._workers[index] = successor
        if successor.wait_until_ready():
            _log.info("worker_started", worker=successor.number, pid=successor.process.pid)
        else:
            stopping.wait(_RESTART_PAUSE_SECONDS)
