"""Three real Cassandra nodes on this machine, each of which can be killed, frozen and come back.

Answers for who is up and for when the others know it; each node is as `cassandra` starts it.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.waiting import until

from .cassandra import CassandraNode, start_cassandra
from .cassandra_probe import lists_member, reads_from_all

if TYPE_CHECKING:
    from pathlib import Path

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
HEAP_MEGABYTES = 384  # below 256 nodes spend their time collecting garbage
# Three JVMs that start on two busy cores take 14 s each, where one on an idle machine takes 5.
READY_TIMEOUT_SECONDS = 120
AGREEMENT_TIMEOUT_SECONDS = 60


class CassandraCluster:
    """Nodes 0, 1 and 2 of one data centre; what a node has stored outlives its process."""

    def __init__(self, directory: Path) -> None:
        """Starts all nodes, one after the other, since only one at a time may join."""
        self._directory = directory
        first = self._start(0, native_port=None, storage_port=None)
        self.native_port = first.native_port
        self._storage_port = first.storage_port
        self._nodes = [first]
        try:
            for number in (1, 2):
                self._nodes.append(self._rejoin(number))
            self._wait_until_listed()
        except BaseException:
            self.close()
            raise

    def kill(self, *numbers: int) -> None:
        """Ends nodes at once, as a power cut would."""
        for number in numbers:
            self._signal(number, signal.SIGKILL)
        for number in numbers:
            self._nodes[number].process.wait()

    def stop(self, number: int) -> None:
        """Ends a node as an operator would: it says good-bye to clients and to the others."""
        self._nodes[number].stop()

    def start(self, number: int, *, cql_address: str | None = None) -> None:
        """Starts an ended node again, with its data; back when it answers clients.

        cql_address: where a proxy finds it, which stands at the node's own address.
        """
        self._nodes[number] = self._rejoin(number, cql_address=cql_address)

    def revive(self) -> None:
        """Starts all ended nodes again."""
        for number, node in enumerate(self._nodes):
            if node.process.poll() is not None:
                self.start(number)

    def freeze(self, number: int) -> None:
        """Stops a node in the middle of what it does; its connections stay open."""
        self._signal(number, signal.SIGSTOP)

    def resume(self, number: int) -> None:
        """Lets a frozen node go on."""
        self._signal(number, signal.SIGCONT)

    def wait_until_agreed(self, table: str) -> None:
        """Waits until each node reads from all three, which operators wait for between restarts.

        table: `keyspace.table`, with three copies of each row. Raises TimeoutError.
        """

        def agreed() -> bool:
            return all(
                reads_from_all(node.cql_address, node.native_port, table) for node in self._nodes
            )

        if not until(agreed, AGREEMENT_TIMEOUT_SECONDS):
            raise TimeoutError(f"not all nodes see each other; logs: {self._directory}")

    def close(self) -> None:
        """Ends all nodes."""
        self.kill(*range(len(self._nodes)))

    def _wait_until_listed(self) -> None:
        """Waits until each node lists the two others.

        The seed does when all have joined; a client that asks another node until it does, too,
        sees a smaller cluster.
        """

        def listed() -> bool:
            return all(
                lists_member(node.cql_address, node.native_port, other.address)
                for node in self._nodes
                for other in self._nodes
                if other is not node
            )

        if not until(listed, AGREEMENT_TIMEOUT_SECONDS):
            raise TimeoutError(f"not all nodes list each other; logs: {self._directory}")

    def _rejoin(self, number: int, *, cql_address: str | None = None) -> CassandraNode:
        return self._start(
            number,
            native_port=self.native_port,
            storage_port=self._storage_port,
            cql_address=cql_address,
        )

    def _start(
        self,
        number: int,
        *,
        native_port: int | None,
        storage_port: int | None,
        cql_address: str | None = None,
    ) -> CassandraNode:
        return start_cassandra(
            self._directory / f"node{number}",
            address=ADDRESSES[number],
            cql_address=cql_address,
            native_port=native_port,
            storage_port=storage_port,
            seeds=ADDRESSES[:1],
            heap_megabytes=HEAP_MEGABYTES,
            ready_timeout_seconds=READY_TIMEOUT_SECONDS,
            waits_for_disk=True,
        )

    def _signal(self, number: int, what: signal.Signals) -> None:
        self._nodes[number].process.send_signal(what)
