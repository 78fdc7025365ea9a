"""`getme-server doctor`: says what is reachable and what is in the way."""

from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from typing import Annotated
from urllib.request import urlopen

import grpc
import typer
from grpc_health.v1 import health_pb2

from getme.program.certificates import CertificateRefused
from getme.program.listening import ClaimedAddress, PortRefused
from getme.program.settings import ListenAddress, load
from getme_server.accounts.errors import StoreUnavailable
from getme_server.commands import account_checks, tls_checks
from getme_server.commands.account_checks import UnsafeError
from getme_server.commands.key_source import key_source
from getme_server.deadline import Deadline
from getme_server.settings import ServerSettings
from getme_server.stores.errors import StoreNotReady
from getme_server.tokens.errors import KeyRefused
from getme_server.wiring import open_stores

_LOOK_SECONDS = 2.0
_CHECK_USER_SERVICE = health_pb2.HealthCheckRequest(
    service="getme.v1.UserService"
).SerializeToString()


def doctor(
    *, dev: Annotated[bool, typer.Option("--dev", help="Look at the development key.")] = False
) -> None:
    """Look at the key, the store, the ports and accounts; exit with 1 if one will not do.

    What works and is unsafe is told as WARN, and does not count.
    """
    settings = load(ServerSettings)
    looks: dict[str, Callable[[], str]] = {
        "key": partial(_key, settings, dev=dev),
        "store": partial(_store, settings),
        "tls": partial(tls_checks.tls, settings),
        "GETME_LISTEN": partial(
            _port, settings.listen, "GETME_LISTEN", partial(_is_getme, settings)
        ),
        "GETME_METRICS_LISTEN": partial(
            _port, settings.metrics_listen, "GETME_METRICS_LISTEN", _is_getmes_metrics
        ),
    }
    if settings.accounts:
        looks |= {
            "passwords": partial(account_checks.passwords, settings),
            "limits": partial(account_checks.limits, settings),
            "redis": partial(account_checks.redis_answers, settings),
        }
    in_order = [_report(subject, look) for subject, look in looks.items()]
    if not all(in_order):
        raise typer.Exit(1)


def _report(subject: str, look: Callable[[], str]) -> bool:
    try:
        typer.echo(f"ok    {subject}: {look()}")
    except (KeyRefused, StoreNotReady, PortRefused, CertificateRefused) as trouble:
        typer.echo(f"FAIL  {subject}: {trouble}")
        return False
    except UnsafeError as unsafe:
        typer.echo(f"WARN  {subject}: {unsafe}")
    return True


def _key(settings: ServerSettings, *, dev: bool) -> str:
    keys = key_source(settings, dev=dev).key_set()
    return f"{len(keys.keys)} of kind {', '.join(keys.algorithms)}, each strong enough"


def _store(settings: ServerSettings) -> str:
    stores = open_stores(settings)
    try:
        stores.accounts.probe(Deadline(settings.store_timeout))
        trouble = stores.accounts.trouble()
        if trouble is not None:
            raise StoreNotReady(trouble)
    except StoreUnavailable as away:
        raise StoreNotReady(
            f"it is there, but does not answer the reads of a call: {away.cause}"
        ) from away
    finally:
        stores.close()
    return f"{settings.store} answers"


def _port(
    address: ListenAddress, setting: str, look_for_getme: Callable[[ListenAddress], bool]
) -> str:
    try:
        ClaimedAddress(address, setting=setting).release()
    except PortRefused:
        if look_for_getme(address):
            return f"a getme-server answers at {address}"
        raise
    return f"{address} is free"


def _is_getme(settings: ServerSettings, address: ListenAddress) -> bool:
    """Whether a getme-server answers calls there, in whatever health."""
    if settings.tls_cert is not None:
        return tls_checks.shows_our_certificate(settings, address, _LOOK_SECONDS)
    with grpc.insecure_channel(address) as channel:
        check: grpc.UnaryUnaryMultiCallable[bytes, bytes]
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            check(_CHECK_USER_SERVICE, timeout=_LOOK_SECONDS)
        except grpc.RpcError:
            return False
    return True


def _is_getmes_metrics(address: ListenAddress) -> bool:
    """Whether a getme-server shows its metrics there."""
    try:
        with urlopen(f"http://{address}/metrics", timeout=_LOOK_SECONDS) as metrics:
            return b"grpc_server_started" in metrics.read()
    except (OSError, HTTPException):
        return False
