"""Several workers on one port: starts them, replaces those that die, adds up their figures.

Workers are spawned, never forked: gRPC and the Cassandra driver do not survive a fork
(https://github.com/grpc/grpc/blob/master/doc/fork_support.md).
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import structlog

from getme_server.figures import Figures
from getme_server.process_metrics import Workers, own_process

START_SECONDS = 30.0
ANSWER_SECONDS = 1.0  # for the figures of all workers together; Prometheus gives up after 10 s
_LOOK_SECONDS = 0.5
_RESTART_PAUSE_SECONDS = 1.0

_log = structlog.get_logger()

# What runs in a worker, with its number (from 0), a pipe on which it tells of itself and one on
# which it asks.
WorkerTarget = Callable[[int, Connection, Connection], None]
# What answers one worker in the parent, from its start until it is gone.
WorkerAnswers = Callable[[Connection], None]


class WorkerFailed(Exception):
    """A worker ended before it answered calls; it has said why itself."""


class _Worker:
    """A worker process, its pipes, and what it had counted when last asked.

    On its first pipe the worker sends None once it answers calls, and from then on its counts
    whenever it is sent something. Until it is ready only the supervising thread reads the pipe,
    afterwards only the one that asks. What the second one is for, target and answers know.
    """

    def __init__(self, target: WorkerTarget, answers: WorkerAnswers, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.number = number
        self.ready = False
        self.counts = Figures()
        self._owes = False  # its counts; it is not asked again, or one that hangs fills the pipe
        self.pipe, theirs = context.Pipe()
        asked, asking = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=target, args=(number - 1, theirs, asking), name=f"worker-{number}", daemon=True
        )
        self.process.start()
        theirs.close()
        asking.close()  # so that the pipe ends with the worker
        threading.Thread(target=answers, args=(asked,), daemon=True).start()

    def look(self) -> bool:
        """Whether the worker has become ready since the last look."""
        try:
            if self.ready or not self.pipe.poll():
                return False
            self.pipe.recv()
        except (EOFError, OSError):
            return False  # it died; its process tells
        self.ready = True
        return True

    def take_signal(self, number: int) -> None:
        """Gets a signal, if it runs and can take it."""
        pid = self.process.pid
        if self.ready and pid is not None and self.process.is_alive():
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(pid, number)

    def ask_counts(self) -> None:
        """Has it tell what it has counted."""
        self.take_counts(0)  # what it was asked for last time, if that came too late
        if self.ready and not self._owes:
            with suppress(OSError):  # it died
                self.pipe.send(None)
                self._owes = True

    def take_counts(self, seconds: float) -> None:
        """Waits for what it was asked for; a worker that dies has counted what it last told."""
        with suppress(EOFError, OSError):
            if self._owes and self.pipe.poll(seconds):
                self.counts = self.pipe.recv()
                self._owes = False


class Supervisor:
    """Keeps a number of workers running.

    target: picklable, runs in each of them. answers: runs here, in a thread for each of them.
    stop_seconds: how long a worker that is asked to end may take.
    """

    def __init__(
        self, target: WorkerTarget, answers: WorkerAnswers, workers: int, *, stop_seconds: float
    ) -> None:
        self._target = target
        self._answers = answers
        self._workers: list[_Worker] = []
        self._size = workers
        self._stop_seconds = stop_seconds
        self._gone = Figures()
        self._mutex = threading.Lock()
        self._lasting: int | None = None
        self._deaths = 0
        self._woken, self._waking = multiprocessing.Pipe(duplex=False)

    def start(self, stopping: threading.Event) -> None:
        """Starts all workers. Raises WorkerFailed if one of them does not come up in time."""
        self._workers = [
            _Worker(self._target, self._answers, number + 1) for number in range(self._size)
        ]
        ends = time.monotonic() + START_SECONDS
        while not all(worker.ready for worker in self._workers) and not stopping.is_set():
            self._wait()
            for worker in self._workers:
                worker.look()
                if not worker.process.is_alive() or time.monotonic() > ends:
                    self.stop()
                    raise WorkerFailed("a worker did not start; its own line says why")

    def run(self, stopping: threading.Event) -> None:
        """Replaces workers that die, until stopping is set."""
        while not stopping.is_set():
            self._wait()
            for index, worker in enumerate(self._workers):
                if worker.look():
                    self._pass_on_lasting(worker)
                    _log.info("worker_started", worker=worker.number, pid=worker.process.pid)
                if not worker.process.is_alive() and not stopping.is_set():
                    self._replace(index, stopping)

    def wake(self) -> None:
        """Has `start` and `run` look at once whether to stop. For another thread."""
        self._waking.send(None)

    def stop(self) -> None:
        """Asks all workers to end, and ends those that do not."""
        for worker in self._workers:
            worker.process.terminate()
        ends = time.monotonic() + self._stop_seconds
        for worker in self._workers:
            worker.process.join(max(0.0, ends - time.monotonic()))
            if worker.process.is_alive():
                _log.warning("worker_killed", worker=worker.number, pid=worker.process.pid)
                worker.process.kill()
                worker.process.join()

    def kill(self) -> None:
        """Ends all workers at once. For another thread than that of `run`."""
        for worker in self._workers:
            worker.process.kill()

    def signal(self, number: int, *, lasts: bool = False) -> None:
        """Passes a signal on to the workers that can take it. For another thread as well.

        lasts: workers that start later get it too, until another signal that lasts.
        """
        if lasts:
            self._lasting = number
        for worker in self._workers:
            worker.take_signal(number)

    def counted(self) -> Figures:
        """What all workers have counted since the start, and what they and this process take.

        Those of dead workers, and of those that do not answer, are included as of when they last
        did.
        """
        total = Figures(processes=own_process())
        with self._mutex:
            total.add(self._gone)
            for worker in self._workers:  # all, before any is waited for
                worker.ask_counts()
            ends = time.monotonic() + ANSWER_SECONDS
            for worker in self._workers:
                worker.take_counts(max(0.0, ends - time.monotonic()))
                total.add(worker.counts)
        return total

    def workers(self) -> Workers:
        """How many answer calls, and how many have died."""
        ready = sum(worker.ready and worker.process.is_alive() for worker in self._workers)
        return Workers(ready, self._deaths)

    def _pass_on_lasting(self, worker: _Worker) -> None:
        if self._lasting is not None:
            worker.take_signal(self._lasting)

    def _wait(self) -> None:
        """Until a worker becomes ready or dies, or it is woken, or for a while."""
        starting = [worker.pipe for worker in self._workers if not worker.ready]
        running = [worker.process.sentinel for worker in self._workers]
        wait([self._woken, *starting, *running], _LOOK_SECONDS)

    def _replace(self, index: int, stopping: threading.Event) -> None:
        dead = self._workers[index]
        self._deaths += 1
        _log.error(
            "worker_died", worker=dead.number, pid=dead.process.pid, exit_code=dead.process.exitcode
        )
        if not dead.ready:  # it cannot start now; trying again at once would only be busy
            stopping.wait(_RESTART_PAUSE_SECONDS)
        try:
            worker = _Worker(self._target, self._answers, dead.number)
        except (OSError, RuntimeError) as failed:  # no memory, no process or thread more: later
            _log.error("worker_not_started", worker=dead.number, cause=type(failed).__name__)
            stopping.wait(_RESTART_PAUSE_SECONDS)
            return
        with self._mutex:
            dead.counts.forget_levels()
            self._gone.add(dead.counts)
            self._workers[index] = worker
