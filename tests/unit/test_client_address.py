"""The client is the first address from the right that no trusted proxy of ours has."""

import time

import pytest

from getme_server.client_address import (
    MAX_HOPS,
    client_address,
    is_trusted,
    limit_key,
    read_networks,
)

TRUSTED = read_networks("127.0.0.0/8, ::1/128, 10.0.0.0/8, 2001:db8:ffff::/48")
GATEWAY = "ipv4:127.0.0.1:40000"
CLIENT = "203.0.113.9"
SPOOFED = "198.51.100.66"

# What the peer is, what it says of others, and who the client is.
CHAINS: dict[str, tuple[str, list[str], str]] = {
    "a client that calls directly": (f"ipv4:{CLIENT}:40000", [], CLIENT),
    "a direct client that claims another address": (f"ipv4:{CLIENT}:1", [SPOOFED], CLIENT),
    "a direct client that claims to be a proxy": (f"ipv4:{CLIENT}:1", ["127.0.0.1"], CLIENT),
    "a direct client over IPv6": ("ipv6:%5B2001:db8::9%5D:40000", [SPOOFED], "2001:db8::9"),
    "a peer that is not escaped": ("ipv6:[2001:db8::9]:40000", [], "2001:db8::9"),
    "a peer with a zone": ("ipv6:%5Bfe80::1%25eth0%5D:40000", [], "fe80::1"),
    "a peer whose IPv4 comes in IPv6": ("ipv6:%5B::ffff:203.0.113.9%5D:1", [], CLIENT),
    "a trusted peer whose IPv4 comes in IPv6": ("ipv6:[::ffff:127.0.0.1]:1", [CLIENT], CLIENT),
    "a trusted peer over IPv6": ("ipv6:%5B::1%5D:1", [CLIENT], CLIENT),
    "a Unix socket": ("unix:/run/getme.sock", [CLIENT], ""),
    "a peer of another kind": ("vsock:3:4", [CLIENT], ""),
    "no peer": ("", [CLIENT], ""),
    "a trusted peer that says nothing": (GATEWAY, [], "127.0.0.1"),
    "one client behind the gateway": (GATEWAY, [CLIENT], CLIENT),
    "a client that put an address before": (GATEWAY, [f"{SPOOFED}, {CLIENT}"], CLIENT),
    "a client that put a trusted one before": (GATEWAY, [f"127.0.0.1, {CLIENT}"], CLIENT),
    "a client that put many before": (GATEWAY, [f"{SPOOFED}," * 500 + CLIENT], CLIENT),
    "two proxies": (GATEWAY, [f"{CLIENT}, 10.1.2.3"], CLIENT),
    "two proxies and a spoofed address": (GATEWAY, [f"{SPOOFED}, {CLIENT}, 10.1.2.3"], CLIENT),
    "a proxy that is not trusted": (GATEWAY, [f"{CLIENT}, 192.0.2.7"], "192.0.2.7"),
    "a proxy between two trusted ones": (
        GATEWAY,
        [f"{CLIENT}, 192.0.2.7, 10.1.2.3"],
        "192.0.2.7",
    ),
    "several values, in order": (GATEWAY, [SPOOFED, CLIENT, "10.1.2.3"], CLIENT),
    "several values, the last with two": (GATEWAY, [SPOOFED, f"{CLIENT}, 10.1.2.3"], CLIENT),
    "a client within the trusted networks": (GATEWAY, ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
    "no spaces": (GATEWAY, [f"{SPOOFED},{CLIENT}"], CLIENT),
    "many spaces and tabs": (GATEWAY, [f"{SPOOFED} ,\t {CLIENT}  "], CLIENT),
    "empty entries": (GATEWAY, [f"{SPOOFED},{CLIENT},, ,"], CLIENT),
    "nothing but commas": (GATEWAY, [",,,"], "127.0.0.1"),
    "a port": (GATEWAY, [f"{CLIENT}:5123"], CLIENT),
    "IPv6": (GATEWAY, ["2001:DB8:0:0::9"], "2001:db8::9"),
    "IPv6 in brackets": (GATEWAY, ["[2001:db8::9]"], "2001:db8::9"),
    "IPv6 with a port": (GATEWAY, ["[2001:db8::9]:5123"], "2001:db8::9"),
    "IPv6 quoted with a port": (GATEWAY, ['"[2001:db8::9]:5123"'], "2001:db8::9"),
    "IPv6 with a zone": (GATEWAY, ["fe80::9%eth0"], "fe80::9"),
    "a trusted proxy over IPv6": (GATEWAY, [f"{CLIENT}, [2001:db8:ffff::7]:443"], CLIENT),
    "IPv4 in IPv6": (GATEWAY, [f"::ffff:{CLIENT}"], CLIENT),
    "IPv4 in IPv6 in hexadecimal": (GATEWAY, ["::ffff:cb00:7109"], CLIENT),
    "a trusted proxy's IPv4 in IPv6": (GATEWAY, [f"{CLIENT}, ::ffff:10.1.2.3"], CLIENT),
    "garbage": (GATEWAY, ["unknown"], "127.0.0.1"),
    "garbage after the client": (GATEWAY, [f"{CLIENT}, _hidden"], "127.0.0.1"),
    "garbage before a proxy": (GATEWAY, [f"{CLIENT}, <script>, 10.1.2.3"], "10.1.2.3"),
    "garbage before the client": (GATEWAY, [f"' OR 1=1 --, {CLIENT}"], CLIENT),
    "octets with leading zeros": (GATEWAY, ["203.0.113.011"], "127.0.0.1"),
    "an address as one number": (GATEWAY, ["3405803785"], "127.0.0.1"),
    "digits of another script": (GATEWAY, ["٢٠٣.0.113.9"], "127.0.0.1"),
    "a port that is none": (GATEWAY, [f"{CLIENT}:http"], "127.0.0.1"),
    "a second port": (GATEWAY, [f"{CLIENT}:1:2"], "127.0.0.1"),
    "a bracket that is not closed": (GATEWAY, ["[2001:db8::9"], "127.0.0.1"),
    "a network": (GATEWAY, ["203.0.113.0/24"], "127.0.0.1"),
    "a line break within": (GATEWAY, [f"{CLIENT}\n10.1.2.3"], "127.0.0.1"),
    "as many trusted proxies as are looked at": (
        GATEWAY,
        [f"{CLIENT}, " + ", ".join(["10.1.2.3"] * (MAX_HOPS - 1))],
        CLIENT,
    ),
    "more trusted proxies than are looked at": (
        GATEWAY,
        [f"{CLIENT}, " + ", ".join(["10.1.2.3"] * MAX_HOPS)],
        "10.1.2.3",
    ),
    "more values than are looked at": (GATEWAY, [CLIENT] + ["10.1.2.3"] * MAX_HOPS, "10.1.2.3"),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_client_is_found(chain: str) -> None:
    peer, forwarded, client = CHAINS[chain]
    assert client_address(peer, forwarded, TRUSTED) == client


def test_without_trusted_networks_only_the_peer_counts() -> None:
    assert client_address(GATEWAY, [CLIENT], ()) == "127.0.0.1"


def test_a_long_header_costs_no_more_than_a_short_one() -> None:
    header = "10.1.2.3," * 100_000
    started = time.process_time()
    for _ in range(100):
        assert client_address(GATEWAY, [header] * 10, TRUSTED) == "10.1.2.3"
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("peer", "is_proxy"),
    [
        (GATEWAY, True),
        ("ipv6:%5B::1%5D:1", True),
        ("ipv6:[::ffff:10.0.0.1]:1", True),
        (f"ipv4:{CLIENT}:1", False),
        ("unix:/run/getme.sock", False),
        ("", False),
    ],
)
def test_a_proxy_is_known_by_its_address(peer: str, *, is_proxy: bool) -> None:
    assert is_trusted(peer, TRUSTED) is is_proxy


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_a_client_is_limited_by_what_it_cannot_change_at_will(address: str, key: str) -> None:
    assert limit_key(address) == key


def test_networks_are_read_from_a_list() -> None:
    networks = read_networks(" 10.0.0.0/8,192.0.2.1 , ::1,\n::ffff:172.16.0.0/108,")
    shown = ["10.0.0.0/8", "192.0.2.1/32", "::1/128", "172.16.0.0/12"]
    assert [str(network) for network in networks] == shown
    assert read_networks("") == ()


@pytest.mark.parametrize(
    "text", ["localhost", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8;::1", "127.0.0.1:80", "*"]
)
def test_a_bad_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a network") as refused:
        read_networks(f"::1, {text}")
    assert repr(text) in str(refused.value)
