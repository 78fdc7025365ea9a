"""A process's server once it is built: how it is started, read and stopped as a whole."""

from typing import NamedTuple, Protocol

import grpc

from getme.program.ending import StopTimes
from getme_server import server as serving
from getme_server.deferred_writes import DeferredWrites
from getme_server.figures import Figures
from getme_server.file_watch import FileWatch
from getme_server.interceptors.metrics import CallMetrics
from getme_server.limiting.counted_limits import CountedLimits
from getme_server.memory_wiring import MemoryParts
from getme_server.process_metrics import own_process
from getme_server.servicers.health import Health
from getme_server.store_calls import StoreCalls
from getme_server.stores.opening import Stores
from getme_server.tokens.remembered import RememberingVerifier
from getme_server.tokens.session_revoker import SessionRevoker
from getme_server.tracing_wiring import TracingParts


class Follower(Protocol):
    """Keeps something up to date in the background while the server runs."""

    def start(self) -> None:
        """Follows from now on."""
        ...

    def stop(self) -> None:
        """Follows no more."""
        ...


class Server(NamedTuple):
    """One process's server and what must be started, read and closed with it."""

    grpc_server: grpc.Server
    credentials: grpc.ServerCredentials | None
    health: Health
    memory: MemoryParts
    tokens: RememberingVerifier
    revocations: SessionRevoker
    metrics: CallMetrics
    stores: Stores
    followers: tuple[Follower, ...]
    later: DeferredWrites
    store_calls: StoreCalls
    attempts: CountedLimits
    tracing: TracingParts

    def listen(self, address: str) -> None:
        """Takes an address, over TLS where there is a certificate. Raises RuntimeError."""
        if self.credentials is None:
            self.grpc_server.add_insecure_port(address)
        else:
            self.grpc_server.add_secure_port(address, self.credentials)

    def start(self) -> None:
        """Answers calls from now on; what it knows of store, keys and revocations comes first."""
        for follower in self.followers:
            follower.start()
        self.grpc_server.start()

    def counted(self) -> Figures:
        """What this process has counted, and what it holds now."""
        figures = Figures(
            self.metrics.counted(),
            store=self.store_calls.counted(self.stores),
            attempts=self.attempts.counted(),
            revocations=self.revocations.counted(),
            processes=own_process(),
        )
        self.memory.add_to(figures, self.tokens)
        return figures

    def look_at_files(self) -> None:
        """Takes up changed keys and certificates soon."""
        for follower in self.followers:
            if isinstance(follower, FileWatch):
                follower.look_soon()

    def stop(self, times: StopTimes) -> None:
        """Tells probes and watchers, and lets running calls finish."""
        serving.stop(self.grpc_server, self.health, self.memory.watching, times)

    def close(self) -> None:
        """Gives up all connections, after the last call has been answered."""
        for follower in self.followers:
            follower.stop()
        self.later.close()
        self.tracing.close()
        self.stores.close()
