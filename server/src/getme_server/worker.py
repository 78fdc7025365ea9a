"""One process that answers calls, from its start to its end."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

import structlog

from getme.program.ending import StopTimes, end_in_time
from getme.program.logs import LogThreshold, configure_logs
from getme.program.settings import ListenAddress
from getme_server.accounts.errors import StoreUnavailable
from getme_server.freshness.change_board import BoardMemory, ChangeBoard
from getme_server.key_files.source import KeySource
from getme_server.limiting.shared_limits import SharedLimits
from getme_server.running_server import Server
from getme_server.server_certificate import ServerCertificate
from getme_server.settings import ServerSettings
from getme_server.signals import Signals
from getme_server.wiring import build_server, stop_times

_log = structlog.get_logger()


def run_until(
    server: Server,
    address: ListenAddress,
    stopping: threading.Event,
    ready: Callable[[Server], None],
    times: StopTimes,
) -> None:
    """Answers calls at address until stopping is set. ready: called once calls are answered.

    For a process that ends with it, and is ended if that takes longer than it may.
    """
    try:
        server.listen(address)
        with suppress(StoreUnavailable):  # health will tell
            trouble = server.stores.accounts.trouble()
            if trouble is not None:
                _log.error("store_trouble", trouble=trouble)
        server.start()
        ready(server)
        stopping.wait()
        end_in_time(times)
        server.stop(times)
    finally:
        server.close()


def run_as_child(  # noqa: PLR0913, PLR0917  # what a process is given at its start
    settings: ServerSettings,
    source: KeySource,
    certificate: ServerCertificate | None,
    address: ListenAddress,
    board: BoardMemory,
    number: int,
    to_parent: Connection,
    attempts: Connection,
) -> None:
    """Runs in a process of its own. Whenever the parent asks, it tells its counts.

    board: where all workers tell of their changes. number: which of them this is, from 0.
    attempts: asks the parent, which counts them for all workers.
    Ends on SIGTERM, and when the parent is gone, however it went. A second SIGTERM is none of its
    own: a service manager sends one to each process of a group, the parent another.
    """
    threshold = configure_logs(log_format=settings.log_format, level=settings.log_level)
    stopping = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to look at
    signals = Signals()
    signals.heed(signal.SIGTERM, stopping.set)
    heed_log_signals(signals, threshold)
    threading.Thread(target=_stop_with_parent, args=(stopping,), daemon=True).start()

    def ready(server: Server) -> None:
        signals.heed(signal.SIGHUP, server.look_at_files)
        to_parent.send(None)
        threading.Thread(target=_tell_counts, args=(server, to_parent), daemon=True).start()

    # The parent has found the store in order, or was told to wait for it.
    server = build_server(
        settings,
        source,
        SharedLimits(attempts),
        ChangeBoard(board, worker=number, workers=settings.workers),
        certificate=certificate,
        store_may_be_away=True,
    )
    run_until(server, address, stopping, ready, stop_times(settings))


def heed_log_signals(signals: Signals, threshold: LogThreshold) -> None:
    """Has SIGUSR1 log all, and SIGUSR2 as much as at the start. For the main thread.

    Not one signal that goes to and fro: a service manager sends it to each process of a group, and
    the parent to its workers, which would then be where they were.
    """
    signals.heed(signal.SIGUSR1, threshold.down_to_debug)
    signals.heed(signal.SIGUSR2, threshold.back)


def _stop_with_parent(stopping: threading.Event) -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        stopping.set()


def _tell_counts(server: Server, to_parent: Connection) -> None:
    try:
        while True:
            to_parent.recv()
            to_parent.send(server.counted())
    except (EOFError, OSError):
        return  # the parent is gone
