"""`getme-server serve`: answers calls until it is told to stop."""

import signal
from collections.abc import Callable
from functools import partial
from typing import Annotated

import structlog
import typer
from prometheus_client import CollectorRegistry

from getme.program.build_info import BuildInfo
from getme.program.certificate_expiry import CertificateExpiry
from getme.program.listening import ClaimedAddress, show_metrics
from getme.program.logs import LogThreshold, configure_logs
from getme.program.settings import ListenAddress, load
from getme_server.certificate_watch import CertificateWatch
from getme_server.commands.duration import seconds
from getme_server.commands.key_source import key_source
from getme_server.commands.store_wait import StoreWait
from getme_server.ending import StopSignals
from getme_server.figures import Figures, FiguresCollector
from getme_server.file_watch import FileWatch
from getme_server.freshness.change_board import ChangeBoard, board_memory
from getme_server.key_files.source import KeysInFile, KeySource
from getme_server.key_files.watch import KeysWatch
from getme_server.limiting.opening import own_limits
from getme_server.limiting.shared_limits import answer_takes
from getme_server.process_metrics import Workers, WorkersCollector
from getme_server.running_server import Server
from getme_server.server_certificate import ServerCertificate
from getme_server.settings import ServerSettings
from getme_server.signals import Signals
from getme_server.stores import opening
from getme_server.stores.location import read_location
from getme_server.supervisor import Supervisor
from getme_server.tokens.key_ring import KeyRing
from getme_server.wiring import (
    attempt_rates,
    build_server,
    cassandra_login,
    open_stores,
    server_certificate,
    stop_times,
)
from getme_server.worker import heed_log_signals, run_as_child, run_until

_STOP_MARGIN_SECONDS = 1.0  # a worker ends itself in time; the parent waits for that

_log = structlog.get_logger()


def serve(
    *,
    dev: Annotated[
        bool, typer.Option("--dev", help="Make and keep a key and the tables, for a first try.")
    ] = False,
    wait_for_store: Annotated[
        float | None,
        typer.Option(
            parser=seconds,
            metavar="DURATION",
            help="Start although the store is away, and wait for it so long, such as 60s.",
        ),
    ] = None,
) -> None:
    """Answer calls until stopped (SIGTERM, Ctrl-C; a second one ends it at once)."""
    settings = load(ServerSettings)
    threshold = configure_logs(log_format=settings.log_format, level=settings.log_level)
    source = key_source(settings, dev=dev)
    certificate = server_certificate(settings)
    if dev:
        opening.migrate(read_location(settings.store), cassandra_login(settings))
    stops = StopSignals(Signals())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to look at
    heed_log_signals(stops.signals, threshold)
    wait = None
    if wait_for_store is not None:
        wait = StoreWait(settings, wait_for_store, stops.stopping)
        wait.start()
    elif settings.workers > 1:
        open_stores(settings).close()  # says what is wrong once, not once for each worker
    if settings.workers == 1:
        _serve_alone(settings, source, certificate, stops, store_may_be_away=wait is not None)
    else:
        _serve_with_workers(settings, source, certificate, stops, threshold)
    if wait is not None:
        wait.require()
    _log.info("stopped")


def _serve_alone(
    settings: ServerSettings,
    source: KeySource,
    certificate: ServerCertificate | None,
    stops: StopSignals,
    *,
    store_may_be_away: bool,
) -> None:
    claim = ClaimedAddress(settings.listen, setting="GETME_LISTEN")
    claim.release()  # one listener needs no SO_REUSEPORT, so nobody at all can join it

    def ready(server: Server) -> None:
        stops.signals.heed(signal.SIGHUP, server.look_at_files)
        metrics = _show_metrics(settings, server.counted, lambda: Workers(1, 0), certificate)
        _log.info("serving", listen=claim.listen, metrics=metrics, workers=1)

    server = build_server(
        settings,
        source,
        own_limits(attempt_rates(settings)),
        ChangeBoard(board_memory(1), worker=0, workers=1),
        certificate=certificate,
        store_may_be_away=store_may_be_away,
    )
    run_until(server, claim.listen, stops.stopping, ready, stop_times(settings))


def _serve_with_workers(
    settings: ServerSettings,
    source: KeySource,
    certificate: ServerCertificate | None,
    stops: StopSignals,
    threshold: LogThreshold,
) -> None:
    claim = ClaimedAddress(settings.listen, setting="GETME_LISTEN")
    supervisor = Supervisor(
        partial(
            run_as_child,
            settings,
            source,
            certificate,
            claim.listen,
            board_memory(settings.workers),
        ),
        partial(answer_takes, own_limits(attempt_rates(settings))),
        settings.workers,
        stop_seconds=stop_times(settings).longest_seconds + _STOP_MARGIN_SECONDS,
    )
    stops.wake, stops.kill = supervisor.wake, supervisor.kill
    watches = _watches(source, certificate)
    for watch in watches:
        watch.start()

    def look_at_files() -> None:
        for watch in watches:
            watch.look_soon()
        supervisor.signal(signal.SIGHUP)

    def log_all() -> None:
        threshold.down_to_debug()
        supervisor.signal(signal.SIGUSR1, lasts=True)

    def log_as_before() -> None:
        threshold.back()
        supervisor.signal(signal.SIGUSR2, lasts=True)

    stops.signals.heed(signal.SIGHUP, look_at_files)
    stops.signals.heed(signal.SIGUSR1, log_all)
    stops.signals.heed(signal.SIGUSR2, log_as_before)
    stopping = stops.stopping
    metrics = _show_metrics(settings, supervisor.counted, supervisor.workers, certificate)
    supervisor.start(stopping)
    if not stopping.is_set():
        _log.info("serving", listen=claim.listen, metrics=metrics, workers=settings.workers)
    supervisor.run(stopping)
    supervisor.stop()
    claim.release()


def _watches(source: KeySource, certificate: ServerCertificate | None) -> list[FileWatch]:
    """What keeps the files in mind as they were last good, for workers that start later."""
    watches: list[FileWatch] = []
    if isinstance(source, KeysInFile):
        watches.append(KeysWatch(source, KeyRing(source.key_set())))
    if certificate is not None:
        watches.append(CertificateWatch(certificate))
    return watches


def _show_metrics(
    settings: ServerSettings,
    figures: Callable[[], Figures],
    workers: Callable[[], Workers],
    certificate: ServerCertificate | None,
) -> ListenAddress:
    registry = CollectorRegistry()
    registry.register(BuildInfo("getme-server"))
    registry.register(WorkersCollector(workers))
    if certificate is not None:
        ends = {"GETME_TLS_CERT": lambda: certificate.current.certificate.expires}
        registry.register(CertificateExpiry(ends))
    registry.register(FiguresCollector(figures))
    return show_metrics(registry, settings.metrics_listen, setting="GETME_METRICS_LISTEN")
