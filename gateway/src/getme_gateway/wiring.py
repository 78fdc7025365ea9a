"""The only place that constructs: the gateway's parts, from its settings."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog
import uvloop
from prometheus_client import CollectorRegistry, ProcessCollector
from structlog.typing import FilteringBoundLogger

import getme.aio
from getme.program.build_info import BuildInfo
from getme.program.certificate_expiry import CertificateExpiry
from getme.program.certificates import Certificate, CertificateFiles, NamedFile
from getme.program.dropped_lines import DroppedLines
from getme.program.ending import StopTimes
from getme.program.listening import ClaimedAddress, show_metrics
from getme.program.logs import LogThreshold, dropped_lines
from getme.program.tracing_settings import OFF
from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from getme_gateway import health
from getme_gateway.access_log import AccessLog
from getme_gateway.application import Application
from getme_gateway.cors import Cors
from getme_gateway.memory_metrics import MemoryCollector
from getme_gateway.metrics import RequestMetrics
from getme_gateway.openapi.document import document_rows
from getme_gateway.pages.account_page import account_page_rows
from getme_gateway.pages.docs_page import docs_page_rows
from getme_gateway.read_endpoint import ReadEndpoint
from getme_gateway.remembered_endpoint import GET_ME, RememberedEndpoint
from getme_gateway.route_table import Endpoint, RouteTable
from getme_gateway.rpc_answer import RpcAnswer
from getme_gateway.rpc_call import RpcCall
from getme_gateway.security_headers import SecurityHeaders
from getme_gateway.server import OwnTls, ServingEnded, serve
from getme_gateway.settings import GatewaySettings
from getme_gateway.shortcut import Shortcut
from getme_gateway.signed_in_roles import SignedInRoles, gives_user
from getme_gateway.tls_watch import TlsWatch
from getme_gateway.transcoding.annotations import RpcRoute, rpc_routes
from getme_gateway.transcoding.json_names import JsonNames
from getme_gateway.transcoding.path_templates import PathTemplate
from getme_gateway.upstream_tls import (
    CERT_SETTING,
    Upstream,
    UpstreamFiles,
    UpstreamTls,
)
from getme_gateway.web_origin import read_origins
from getme_gateway.write_endpoint import SIGN_IN, WriteEndpoint

if TYPE_CHECKING:  # what imports OpenTelemetry, which may not be there
    from getme_gateway.tracing import RequestSpans

_MIB = 1024 * 1024
# The files whose annotated RPCs become routes; everything else about them is read from them.
CONTRACT = (
    user_service_pb2.DESCRIPTOR,
    auth_service_pb2.DESCRIPTOR,
    admin_service_pb2.DESCRIPTOR,
)


def run(settings: GatewaySettings, threshold: LogThreshold) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises PortRefused, ContractError, CertificateRefused, and ServingEnded.
    threshold: of the log, moved by SIGUSR1 and SIGUSR2.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(BuildInfo("getme-gateway"))
    registry.register(DroppedLines(dropped_lines))
    spans = _spans(settings)
    try:
        uvloop.run(_run(settings, registry, threshold, spans))
    finally:
        if spans is not None:
            spans.close()


async def _run(
    settings: GatewaySettings,
    registry: CollectorRegistry,
    threshold: LogThreshold,
    spans: "RequestSpans | None",
) -> None:
    logger = structlog.get_logger()
    tls = _tls(settings, logger.bind(towards="browsers"))
    to_server = _upstream_tls(settings, logger.bind(towards="server"))
    _heed_signals(threshold, [watch for watch in (tls, to_server) if watch is not None])
    claim = ClaimedAddress(settings.gateway_listen, setting="GETME_GATEWAY_LISTEN")
    metrics = show_metrics(
        registry, settings.gateway_metrics_listen, setting="GETME_GATEWAY_METRICS_LISTEN"
    )
    client = getme.aio.Client(
        settings.gateway_upstream,
        timeout_seconds=settings.gateway_timeout,
        channels=settings.gateway_channels,
        cache=settings.gateway_cache_memory > 0,
        cache_bytes=settings.gateway_cache_memory * _MIB,
        tls=None if to_server is None else to_server.current.tls,
    )
    registry.register(MemoryCollector(client.memory))
    registry.register(CertificateExpiry(_certificates(tls, to_server)))
    readiness = health.Ready(client)
    table, ready = routes(settings, client, readiness), shortcut(client)
    application = Application(
        table if spans is None else spans.of_routes(table),
        shortcut=ready if spans is None else spans.of_shortcut(ready),
        security=SecurityHeaders(on_tls=tls is not None),
        cors=Cors(read_origins(settings.gateway_cors_origins)),
        metrics=RequestMetrics(registry),
        access_log=AccessLog(logger, time.monotonic),
        logger=logger,
        clock=time.perf_counter,
    )

    def drain() -> None:
        readiness.drain()
        application.drain()

    following = None
    if to_server is not None:
        following = asyncio.ensure_future(to_server.follow(partial(_reconnect, client)))
    try:
        await serve(
            application if spans is None else spans.of_application(application),
            claim.listen,
            tls=tls,
            times=StopTimes(settings.drain_delay, settings.grace),
            on_start=lambda: logger.info(
                "serving",
                listen=claim.listen,
                upstream=settings.gateway_upstream,
                metrics=metrics,
            ),
            on_stop=drain,
        )
    except ServingEnded as fault:
        logger.error("serving_ended", exc_info=fault.__cause__)  # noqa: TRY400  # its own is no news
        raise
    finally:
        if following is not None:
            following.cancel()
        await client.close()
        claim.release()
        logger.info("stopped")


def _heed_signals(threshold: LogThreshold, watches: Sequence[OwnTls | UpstreamTls]) -> None:
    """As the server does: SIGUSR1 logs all, SIGUSR2 as at the start; SIGHUP looks at files."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, threshold.down_to_debug)
    loop.add_signal_handler(signal.SIGUSR2, threshold.back)

    def look() -> None:
        for watch in watches:
            watch.look_soon()

    # Also where there is nothing to look at: by default the signal would end the program.
    loop.add_signal_handler(signal.SIGHUP, look)


def _certificates(
    tls: OwnTls | None, to_server: UpstreamTls | None
) -> dict[str, Callable[[], datetime | None]]:
    """When the certificates in use end, by setting."""
    expires: dict[str, Callable[[], datetime | None]] = {}
    if tls is not None:
        expires["GETME_GATEWAY_TLS_CERT"] = lambda: tls.current.expires
    if to_server is not None:
        expires[CERT_SETTING] = lambda: to_server.current.expires
    return expires


def _spans(settings: GatewaySettings) -> "RequestSpans | None":
    if settings.tracing == OFF:
        return None
    from getme.program.tracing import Tracing  # noqa: PLC0415
    from getme_gateway.tracing import RequestSpans  # noqa: PLC0415

    return RequestSpans(
        Tracing("getme-gateway", endpoint=settings.tracing_endpoint, ratio=settings.tracing_ratio)
    )


def certificate_files(settings: GatewaySettings) -> CertificateFiles | None:
    """What the gateway shows to browsers; None without TLS."""
    if settings.gateway_tls_cert is None or settings.gateway_tls_key is None:
        return None
    return CertificateFiles(
        NamedFile("GETME_GATEWAY_TLS_CERT", settings.gateway_tls_cert),
        NamedFile("GETME_GATEWAY_TLS_KEY", settings.gateway_tls_key),
        takes_ed25519=True,
    )


def upstream_files(settings: GatewaySettings) -> UpstreamFiles | None:
    """How it trusts the server, and what it shows to it; None without TLS."""
    if settings.gateway_upstream_ca is None:
        return None
    return UpstreamFiles(
        settings.gateway_upstream_ca, settings.gateway_upstream_cert, settings.gateway_upstream_key
    )


def _tls(settings: GatewaySettings, logger: FilteringBoundLogger) -> OwnTls | None:
    files = certificate_files(settings)
    if files is None:
        return None

    def certificate(contents: tuple[bytes, bytes]) -> Certificate:
        return files.certificate(contents, now=datetime.now(UTC))

    return TlsWatch(files.contents, certificate, logger=logger)


async def _reconnect(client: getme.aio.Client, upstream: Upstream) -> None:
    with suppress(OSError, ValueError):  # they have changed once more: the next look takes that up
        await client.reconnect(upstream.tls)


def _upstream_tls(settings: GatewaySettings, logger: FilteringBoundLogger) -> UpstreamTls | None:
    files = upstream_files(settings)
    return None if files is None else TlsWatch(files.contents, files.upstream, logger=logger)


def shortcut(client: getme.aio.Client) -> Shortcut:
    """What answers the commonest request from the client's memory."""
    (path,) = (each.template.text for each in rpc_routes(CONTRACT) if each.rpc.full_name == GET_ME)
    return Shortcut(path, client.recall)


def routes(
    settings: GatewaySettings, client: getme.aio.Client, readiness: health.Ready
) -> RouteTable:
    """All that the gateway answers to. Raises ContractError."""
    rows: list[tuple[str, PathTemplate, Endpoint]] = [
        (route.http_method, route.template, _endpoint(route, settings, client))
        for route in rpc_routes(CONTRACT)
    ]
    rows += [
        ("GET", health.ALIVE, health.alive),
        ("GET", health.READY, readiness),
        *account_page_rows(),
        *document_rows(settings.gateway_json_names),
        *docs_page_rows(),
    ]
    return RouteTable(rows)


def _endpoint(route: RpcRoute, settings: GatewaySettings, client: getme.aio.Client) -> Endpoint:
    names = settings.gateway_json_names
    # KillrVideo's front end signs in at once where the answer to a registration lets it.
    signs_in = names is JsonNames.CAMEL and SIGN_IN in route.rpc.input_type.fields_by_name
    call = RpcCall(
        client,
        route,
        timeout_seconds=settings.gateway_timeout,
        defaults={SIGN_IN: True} if signs_in else None,
    )
    answer = RpcAnswer(route, names=names, max_age_seconds=settings.gateway_max_age)
    if route.http_method != "GET":
        trusted = read_origins(settings.gateway_cors_origins)
        roles = None
        if names is JsonNames.CAMEL and gives_user(route):
            roles = SignedInRoles(client, timeout_seconds=settings.gateway_timeout)
        return WriteEndpoint(route, call, answer, trusted=trusted, roles=roles)
    asking = ReadEndpoint(route, call, answer)
    if route.rpc.full_name != GET_ME or not settings.gateway_cache_memory:
        return asking
    timeout = settings.gateway_timeout
    return RememberedEndpoint(client, call, answer, asking, timeout_seconds=timeout)
