"""Everybody who visits an installation, each in a thread."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Self

import jwt

from tests.faults.three_nodes.whole_installation.doors import ClientDoor, GatewayDoor, ServerDoor
from tests.faults.three_nodes.whole_installation.servers import Installation, Server
from tests.faults.three_nodes.whole_installation.tally import Tally
from tests.faults.three_nodes.whole_installation.visitor import Member, Moderator, Visitor

MEMBERS_OF_EACH_SERVER = 2
CLIENTS = 2  # that remember, and as many that do not
MEMBERS_OF_GATEWAY = 4


class Crowd:
    """From `with` on they call, until they are stopped."""

    def __init__(self, installation: Installation, tally: Tally) -> None:
        upstream, gateway = installation.upstream, installation.gateway.program.address
        moderator = installation.moderator
        self.remembering = [ClientDoor(upstream, remembers=True) for _ in range(CLIENTS)]
        plain = [ClientDoor(upstream, remembers=False) for _ in range(CLIENTS)]
        self._of_servers: dict[Server, list[Visitor]] = {
            server: [
                *(Member(ServerDoor(server.address), tally) for _ in range(MEMBERS_OF_EACH_SERVER)),
                Moderator(ServerDoor(server.address), tally, moderator),
            ]
            for server in installation.servers
        }
        others = [
            *(Visitor(door, tally) for door in (*self.remembering, *plain)),
            *(Member(GatewayDoor(gateway), tally) for _ in range(MEMBERS_OF_GATEWAY)),
            Moderator(GatewayDoor(gateway), tally, moderator),
        ]
        self._everybody = [*(each for of in self._of_servers.values() for each in of), *others]
        self._stopping = threading.Event()
        self._stack = ExitStack()
        self._entrance = ServerDoor(installation.servers[0].address)

    def __enter__(self) -> Self:
        self._stack.callback(self._entrance.close)
        for visitor in self._everybody:
            self._stack.callback(visitor.close)
        pool = self._stack.enter_context(ThreadPoolExecutor(len(self._everybody)))
        list(pool.map(lambda each: each.sign_up(self._entrance), self._everybody))
        self._running = [pool.submit(each.run, self._stopping) for each in self._everybody]
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        self._stack.close()

    def stop(self) -> None:
        """Nobody calls any more; clients go on to follow what changes. Raises what one raised."""
        self._stopping.set()
        for running in self._running:
            running.result()

    def go_on(self, seconds: float) -> None:
        """Lets them call for so long, or until one of them cannot."""
        self._stopping.wait(seconds)
        for running in self._running:
            if running.done():
                running.result()

    @contextmanager
    def resting(self, server: Server) -> Iterator[None]:
        """Those who know one server only call it no more, and have no call under way."""
        with ExitStack() as stack:
            for visitor in self._of_servers[server]:
                stack.enter_context(visitor.resting)
            yield

    def is_signed_with(self, key_id: str, server: Server) -> bool:
        """Whether a server has signed a token with a key."""
        return any(
            jwt.get_unverified_header(each.account.token)["kid"] == key_id
            for each in self._of_servers[server]
        )
