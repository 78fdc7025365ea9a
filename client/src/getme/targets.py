"""Where a client finds its servers: one address, a list of them, or a name that stands for several.

gRPC takes the last as `dns:///name:port`, and a list of IP addresses of one family as
`ipv6:a,b`, in which IPv4 addresses can be written as well (RFC 4291 section 2.5.5.2). It knows no
list of names.
"""

import ipaddress
import socket
from dataclasses import dataclass

_DNS = "dns:///"


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a client, as its address names them: `host:port` each."""

    hosts: tuple[str, ...]
    is_dns: bool = False

    @property
    def are_several(self) -> bool:
        """Whether calls are spread over those that say that they can answer."""
        return self.is_dns or len(self.hosts) > 1

    @property
    def authority(self) -> str | None:
        """Which name their certificates must be for, where gRPC would not know it itself.

        That of the first: gRPC checks the names of all servers of a channel alike.
        """
        return self.hosts[0] if len(self.hosts) > 1 else None

    def target(self) -> str:
        """What gRPC is to connect to. Looks up the names of a list, which takes a while.

        Names that are not found are left out while others are.
        """
        if self.is_dns:
            return f"{_DNS}{self.hosts[0]}"
        if len(self.hosts) == 1:
            return self.hosts[0]
        found = [address for host in self.hosts for address in _addresses(host)]
        # To a name that is not found gRPC connects as soon as it is.
        return f"ipv6:{','.join(found)}" if found else self.hosts[0]


def read_servers(address: str) -> Servers:
    """The servers that an address names.

    address: `host:port`, several joined by commas, or `dns:///name:port`. Raises ValueError.
    """
    if address.startswith(_DNS):
        return Servers((address.removeprefix(_DNS),), is_dns=True)
    hosts = tuple(address.split(","))
    if len(hosts) > 1:
        for host in hosts:
            _host_and_port(host)
    return Servers(hosts)


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not port.isdecimal() or (":" in bare and bare == host):
        raise ValueError(f"{text!r} in a list of servers is not host:port, such as server-1:50051")
    return bare, int(port)


def _addresses(text: str) -> list[str]:
    """The addresses of a host as gRPC reads them in a list."""
    host, port = _host_and_port(text)
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    found = (ipaddress.ip_address(str(place[4][0]).partition("%")[0]) for place in places)
    return [f"[{_as_ipv6(address)}]:{port}" for address in found]


def _as_ipv6(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return str(address) if address.version == 6 else f"::ffff:{address}"  # noqa: PLR2004
