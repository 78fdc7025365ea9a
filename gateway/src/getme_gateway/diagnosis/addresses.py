"""The two addresses that are listened on, and what goes to them in the clear."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from urllib.request import urlopen

from getme.program import diagnosis
from getme.program.certificates import CertificateRefused
from getme.program.diagnosis.addresses import (
    LOOK_SECONDS,
    is_loopback,
    look_at_port,
    shows_certificate,
)
from getme.program.diagnosis.finding import Finding, Looked, warning
from getme.program.settings import ListenAddress
from getme_gateway import health
from getme_gateway.settings import GatewaySettings
from getme_gateway.wiring import certificate_files

_PROGRAM = "getme-gateway"


def look_at_requests(settings: GatewaySettings) -> Looked:
    """Where browsers are answered."""
    is_there = partial(_is_gateway, settings)
    return look_at_port(
        settings.gateway_listen,
        "GETME_GATEWAY_LISTEN",
        list(_in_clear(settings)),
        program=_PROGRAM,
        is_there=is_there,
    )


def look_at_metrics(settings: GatewaySettings) -> Looked:
    """Where metrics are shown."""
    return diagnosis.addresses.look_at_metrics(
        settings.gateway_metrics_listen,
        "GETME_GATEWAY_METRICS_LISTEN",
        program=_PROGRAM,
        metric="getme_gateway_request",
    )


def _in_clear(settings: GatewaySettings) -> Iterator[Finding]:
    address = settings.gateway_listen
    if settings.gateway_tls_cert is None and not is_loopback(address.host):
        yield warning(
            "requests_in_clear",
            f"cookies, passwords and tokens go in the clear to {address}; set"
            " GETME_GATEWAY_TLS_CERT and GETME_GATEWAY_TLS_KEY, or let only a proxy that does TLS"
            " reach it",
            "GETME_GATEWAY_TLS_CERT",
        )


def _is_gateway(settings: GatewaySettings, address: ListenAddress) -> bool:
    """Whether a getme-gateway answers there, in whatever health."""
    files = certificate_files(settings)
    if files is not None:
        try:
            certificate = files.certificate(files.contents(), now=datetime.now(UTC))
        except CertificateRefused:
            return False
        return shows_certificate(address, certificate.chain, protocol="http/1.1")
    try:
        with urlopen(f"http://{address}/healthz", timeout=LOOK_SECONDS) as answer:
            return bool(answer.read() == health.BODY)
    except (OSError, HTTPException):
        return False
