"""Takes a TCP port for this program alone, and says plainly when it cannot be had."""

import errno
import socket

from getme.program.settings import ListenAddress


class PortRefused(Exception):
    """An address cannot be listened on; the text names it and its setting."""


def reserve(address: ListenAddress, *, setting: str) -> socket.socket:
    """A bound socket that keeps the port while workers listen on it, with the port it got.

    gRPC sets SO_REUSEPORT by default, so that a second server would silently take half of the
    calls. A bind without it tells whether a stranger listens; the socket kept has it, so that
    our own workers can join. Raises PortRefused.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as alone:
        # Past connections in TIME_WAIT do not count as a stranger.
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = _bind(alone, (address.host, address.port), setting)
    kept = socket.socket(family)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _bind(kept, (address.host, port), setting)
    return kept


def _bind(listener: socket.socket, address: tuple[str, int], setting: str) -> int:
    try:
        listener.bind(address)
    except (OSError, OverflowError) as refused:
        where = f"{address[0]}:{address[1]}"
        if getattr(refused, "errno", None) == errno.EADDRINUSE:
            text = f"{where} is taken by another program; set {setting} to another address"
        else:
            text = f"{where} cannot be listened on ({refused}); set {setting} to another address"
        raise PortRefused(text) from refused
    return int(listener.getsockname()[1])
