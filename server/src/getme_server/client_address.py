"""Which address a call comes from, and how much of it stands for one client.

`x-forwarded-for` is what proxies append to and what anybody can begin: it is read from the right,
as far as the addresses are those of proxies that the operator trusts, and no further.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import unquote

Networks = tuple[IPv4Network | IPv6Network, ...]

MAX_HOPS = 32  # what is further to the left is not looked at
CLIENT_PREFIX_BITS = 64  # of IPv6: what a provider gives to one household at least (RFC 6177)
_MAPPED = IPv6Network("::ffff:0:0/96")
_IPV4_BITS = 32

# `192.0.2.1:443`, `[2001:db8::1]:443` and `[2001:db8::1]`; quoted as in RFC 7239 section 6.
_WITH_PORT = re.compile(r'"?(?:\[([^\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?"?', re.ASCII)

_IpAddress = IPv4Address | IPv6Address


def read_networks(text: str) -> Networks:
    """The networks in a list such as `10.0.0.0/8, ::1`. Raises ValueError, naming a bad one."""
    return tuple(_network(part.strip()) for part in text.split(",") if part.strip())


def is_trusted(peer: str, trusted: Networks) -> bool:
    """Whether a peer, as grpc.ServicerContext.peer() tells it, is a proxy that is believed."""
    address = _peer_address(peer)
    return address is not None and _is_in(address, trusted)


def client_address(peer: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """The address of the client in its shortest form, empty where the peer has none.

    peer: as grpc.ServicerContext.peer() tells it. forwarded: the values of `x-forwarded-for`, in
    their order.

    The first from the right that is no trusted proxy; the last one looked at where all are. What
    is not an address ends the search: whoever wrote it may have written all that is left of it.
    IPv4 within IPv6 is IPv4, and a zone is left out.
    """
    found = _peer_address(peer)
    if found is None:
        return ""
    hops = _from_the_right(forwarded)
    while _is_in(found, trusted):
        before = _address(next(hops, ""))
        if before is None:
            break
        found = before
    return str(found)


def limit_key(address: str) -> str:
    """What stands for one client where attempts are counted.

    Of IPv6 the network of /64, within which one client may take any address it likes.
    """
    found = _address(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, CLIENT_PREFIX_BITS), strict=False))
    return address if found is None else str(found)


def _from_the_right(forwarded: Sequence[str]) -> Iterator[str]:
    """The last MAX_HOPS entries, without looking at what is further to the left."""
    left = MAX_HOPS
    for value in reversed(forwarded):
        entries = value.rsplit(",", left)[-left:]
        for entry in reversed(entries):
            if entry.strip():  # empty ones mean nothing (RFC 9110 section 5.6.1.2)
                yield entry.strip()
        left -= len(entries)
        if left <= 0:
            return


def _peer_address(peer: str) -> _IpAddress | None:
    kind, _, host = peer.partition(":")
    return _address(unquote(host)) if kind in {"ipv4", "ipv6"} else None


def _address(text: str) -> _IpAddress | None:
    """The address in a text, with or without port, brackets and zone; None where there is none."""
    with_port = _WITH_PORT.fullmatch(text)
    host = with_port[1] or with_port[2] if with_port else text
    with suppress(ValueError):
        return _folded(ip_address((host or "").partition("%")[0]))
    return None


def _folded(address: _IpAddress) -> _IpAddress:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a network, such as 10.0.0.0/8 or 2001:db8::/32, without host bits"
        ) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        bits = network.prefixlen - _MAPPED.prefixlen
        return IPv4Network((int(network.network_address) % 2**_IPV4_BITS, bits))
    return network


def _is_in(address: _IpAddress, networks: Networks) -> bool:
    return any(address in network for network in networks)
