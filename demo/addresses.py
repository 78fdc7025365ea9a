"""Where the demo's programs listen: as the environment says, else at their defaults.

Looks before anything is started, so that a taken port costs no wait and is named once.
"""

import errno
import socket
from collections.abc import Mapping
from contextlib import ExitStack

from demo.errors import DemoError

# Defaults of the contract, which the settings classes of the two programs repeat.
LISTENERS = {
    "GETME_LISTEN": "127.0.0.1:50051",
    "GETME_GATEWAY_LISTEN": "127.0.0.1:8080",
    "GETME_METRICS_LISTEN": "127.0.0.1:9464",
    "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:9465",
}
_MAX_PORT = 65_535  # getaddrinfo would take a larger one modulo 65,536
_CONNECT_SECONDS = 2.0
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # read, not listened on


def free_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """`host:port` of each listener by its setting, free a moment ago; port 0 becomes a real one.

    Raises DemoError for an address that is taken or malformed.
    """
    with ExitStack() as looked_at:  # all at once, so that two of port 0 come to different ones
        return {
            setting: _try(setting, environ.get(setting) or default, looked_at)
            for setting, default in LISTENERS.items()
        }


def reachable(address: str) -> str:
    """How a program on this machine reaches a listener: one on all addresses, by loopback."""
    host, port = split(address)
    return join(_ANY_HOST.get(host, host), port)


def listens(address: str) -> bool:
    """Whether somebody accepts connections at address."""
    try:
        socket.create_connection(split(address), _CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def split(address: str) -> tuple[str, int]:
    """Host, without brackets, and port of `host:port`. Raises ValueError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > _MAX_PORT:
        raise ValueError("it is not host:port, such as 127.0.0.1:8080")
    return host.removeprefix("[").removesuffix("]"), int(port)


def join(host: str, port: int) -> str:
    """`host:port`, with an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _try(setting: str, address: str, looked_at: ExitStack) -> str:
    try:
        host, port = split(address)
        family, kind, protocol, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = looked_at.enter_context(socket.socket(family, kind, protocol))
        # Past connections in TIME_WAIT do not count as another program.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(target)
    except (OSError, ValueError, OverflowError) as refused:
        if getattr(refused, "errno", None) == errno.EADDRINUSE:
            raise DemoError(
                f"{address} is taken by another program (a second `make run`?);"
                f" set {setting} to another address"
            ) from refused
        reason = getattr(refused, "strerror", None) or refused
        raise DemoError(f"{setting}: cannot listen on {address}: {reason}") from refused
    return join(host, listener.getsockname()[1])
