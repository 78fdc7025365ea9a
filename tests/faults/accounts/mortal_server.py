"""Kills a server between any two writes of a call, and starts it anew each time."""

import itertools
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import grpc

from tests.accounts import People, Refused
from tests.faults.accounts.dying_server import serve_until_dead

START_SECONDS = 30.0
END_SECONDS = 15.0
STEPS_OF_A_WRITE = 2
# Imported once, for all servers: they are forked from a process that has done nothing else, so that
# neither gRPC nor the driver has begun anything that a fork would break. A start takes a third of
# a second so, and not one and a half.
PRELOADED = ["__main__", "tests.faults.accounts.dying_server"]

T = TypeVar("T")


class _Life(NamedTuple):
    """A server from its start to its end."""

    process: ForkServerProcess
    orders: Connection
    channel: grpc.Channel


class MortalServer:
    """A server over one store that is started again after each of its deaths."""

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        self._settings = settings
        self._log = log
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._start()

    @property
    def people(self) -> People:
        """Everybody who uses it, as it runs now."""
        return People(self._life.channel)

    def deaths(self, begin: Callable[[People], T], call: Callable[[People, T], Any]) -> Iterator[T]:
        """What begin has made, once for each death that the server died in a call for it.

        Before the first write, before the second one and so on, which is after the one before; at
        last after all of them. When a death is told of, the server runs again.
        """
        for writes in itertools.count():
            before_next = writes * STEPS_OF_A_WRITE
            subject = begin(self.people)
            if self._dies(before_next, call, subject):
                yield subject
                continue
            assert writes, "the call writes nothing"
            subject = begin(self.people)
            assert self._dies(before_next - 1, call, subject)
            yield subject
            return

    def _dies(self, steps: int, call: Callable[[People, T], Any], subject: T) -> bool:
        """Whether it dies in a call, after so many steps of it; it is started again either way.

        For a server that has lived on may need fewer writes for the same.
        """
        self._life.orders.send(steps)
        self._life.orders.recv()
        try:
            answer = call(self.people, subject)
            if not isinstance(answer, Refused):
                return False
            assert answer == Refused("UNAVAILABLE")
            self._life.process.join(END_SECONDS)
            assert self._life.process.exitcode == -signal.SIGKILL
            return True
        finally:
            self.stop()
            self._start()

    def stop(self) -> None:
        """Ends it, if it lives, as an operator would."""
        self._life.orders.close()
        self._life.channel.close()
        self._life.process.join(END_SECONDS)
        self._life.process.close()

    def _start(self) -> None:
        orders, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve_until_dead, args=(self._settings, self._log, theirs), daemon=True
        )
        process.start()
        theirs.close()
        assert orders.poll(START_SECONDS), self._log.read_text()
        try:
            address = orders.recv()
        except EOFError:
            raise AssertionError(self._log.read_text()) from None
        # A call that was sent again would be one that the test did not make.
        channel = grpc.insecure_channel(address, options=[("grpc.enable_retries", 0)])
        self._life = _Life(process, orders, channel)
