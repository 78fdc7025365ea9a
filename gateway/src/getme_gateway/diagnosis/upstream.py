"""The servers that are asked: whether they answer, and how what goes to them is protected."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import getme.aio
from getme.program.certificates import CertificateRefused
from getme.program.diagnosis.addresses import LOOK_SECONDS, is_loopback
from getme.program.diagnosis.expiry import ends_soon
from getme.program.diagnosis.finding import Finding, Looked, Severity, broken, warning
from getme.program.diagnosis.private_files import open_key
from getme.program.diagnosis.servers import not_serving
from getme.program.settings import ListenAddress
from getme.targets import read_servers
from getme_gateway.settings import GatewaySettings
from getme_gateway.upstream_tls import CERT_SETTING, KEY_SETTING, Upstream
from getme_gateway.wiring import upstream_files

_SETTING = "GETME_GATEWAY_UPSTREAM"


def look_at_upstream(settings: GatewaySettings) -> Looked:
    """Asks for its health, as `/readyz` does."""
    files = upstream_files(settings)
    upstream = None
    if files is not None:
        try:
            upstream = files.upstream(files.contents())
        except CertificateRefused as refused:
            return broken("certificate_unusable", refused, str(refused).partition(":")[0])
    findings = [*_of_the_way(settings), *_of_our_certificate(settings, upstream)]
    if not asyncio.run(_serves(settings, upstream)):
        findings.append(
            Finding(
                "upstream_not_serving",
                Severity.ERROR,
                f"no server at {settings.gateway_upstream} said within {LOOK_SECONDS:.0f} s that it"
                " is serving; look at it (getme-server doctor), at this setting, and where it"
                " speaks TLS at GETME_GATEWAY_UPSTREAM_CA, _CERT and _KEY",
                _SETTING,
            )
        )
    else:
        findings += _of_each(settings, upstream)
    return Looked(f"{settings.gateway_upstream} is serving", findings)


async def _serves(settings: GatewaySettings, upstream: Upstream | None) -> bool:
    client = getme.aio.Client(
        settings.gateway_upstream,
        channels=1,
        cache=False,
        tls=None if upstream is None else upstream.tls,
    )
    async with client:
        return await client.serving(timeout_seconds=LOOK_SECONDS)


def _of_each(settings: GatewaySettings, upstream: Upstream | None) -> Iterator[Finding]:
    """One server of a list serves, so that nobody notices which ones do not."""
    servers = read_servers(settings.gateway_upstream)
    if len(servers.hosts) == 1:
        return
    for host in not_serving(servers, None if upstream is None else upstream.tls.read()):
        yield warning(
            "server_not_serving",
            f"{host} did not say within {LOOK_SECONDS:.0f} s that it is serving, so that the others"
            f" do its work; look at it (getme-server doctor), or take it out of {_SETTING}",
            _SETTING,
        )


def _of_the_way(settings: GatewaySettings) -> Iterator[Finding]:
    if settings.gateway_upstream_ca is not None:
        return
    hosts = read_servers(settings.gateway_upstream).hosts
    far = [host for host in hosts if not is_loopback(ListenAddress(host).host)]
    if far:
        yield warning(
            "upstream_in_clear",
            f"passwords and tokens go in the clear to {far[0]}; set GETME_GATEWAY_UPSTREAM_CA, and"
            " GETME_TLS_CERT and GETME_TLS_KEY of the server",
            "GETME_GATEWAY_UPSTREAM_CA",
        )


def _of_our_certificate(settings: GatewaySettings, upstream: Upstream | None) -> Iterator[Finding]:
    cert, key = settings.gateway_upstream_cert, settings.gateway_upstream_key
    if upstream is None or upstream.expires is None or cert is None or key is None:
        return
    yield from open_key(KEY_SETTING, key)
    if upstream.expires <= datetime.now(UTC):
        text = f"{CERT_SETTING}: {cert} expired on {upstream.expires:%Y-%m-%d}; renew it"
        yield Finding("certificate_unusable", Severity.ERROR, text, CERT_SETTING)
    else:
        yield from ends_soon(CERT_SETTING, cert, upstream.expires)
