"""Takes a program's TCP addresses, for calls and for metrics, and says when one cannot be had.

gRPC and granian listen with SO_REUSEPORT, with which a second server joins a port without a word
and takes part of the calls.
"""

import errno
import socket
from typing import Any

from prometheus_client import CollectorRegistry

from getme.program.metrics_listener import MetricsListener
from getme.program.settings import ListenAddress


class PortRefused(Exception):
    """An address cannot be listened on; the text names it and its setting."""


class ClaimedAddress:
    """An address that no stranger listens on.

    Claimed by a socket that never listens: bound without SO_REUSEPORT, which fails where anybody
    listens, and given it afterwards, so that listeners of this program can join. Port 0 takes a
    free port, which `listen` then names.
    """

    def __init__(self, address: ListenAddress, *, setting: str) -> None:
        """Raises PortRefused."""
        try:
            places = socket.getaddrinfo(
                address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            self._claim = _bound(places[0])
        except OSError as fault:
            raise _refused(fault, address, setting) from fault
        self.listen = address.with_port(self._claim.getsockname()[1])

    def release(self) -> None:
        """Gives the address up; again does nothing."""
        self._claim.close()


def _bound(place: tuple[int, int, int, str, Any]) -> socket.socket:
    family, kind, protocol, _, address = place
    claim = socket.socket(family, kind, protocol)
    try:
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # soon after a restart
        claim.bind(address)
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        claim.close()
        raise
    return claim


def show_metrics(
    registry: CollectorRegistry, address: ListenAddress, *, setting: str
) -> ListenAddress:
    """Shows a registry to Prometheus over HTTP, in the background; the address with its port.

    Raises PortRefused.
    """
    try:
        listener = MetricsListener(registry, address)
    except OSError as fault:
        raise _refused(fault, address, setting) from fault
    listener.start()
    return address.with_port(listener.server_port)


def _refused(fault: OSError, address: ListenAddress, setting: str) -> PortRefused:
    if fault.errno == errno.EADDRINUSE:
        reason = "is taken by another program"
    else:
        reason = f"cannot be listened on ({(fault.strerror or str(fault)).lower()})"
    return PortRefused(f"{address} {reason}; set {setting} to another address")
