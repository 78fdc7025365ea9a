"""`demo.addresses`: where the demo's programs listen."""

import socket

import pytest

from demo.addresses import LISTENERS, free_addresses, reachable
from demo.errors import DemoError

FREE = dict.fromkeys(LISTENERS, "127.0.0.1:0")


def test_port_0_becomes_a_port_of_its_own_for_each_listener() -> None:
    addresses = free_addresses(FREE)
    ports = [int(address.removeprefix("127.0.0.1:")) for address in addresses.values()]
    assert list(addresses) == list(LISTENERS)
    assert 0 not in ports
    assert len(set(ports)) == len(LISTENERS)


@pytest.mark.parametrize("setting", LISTENERS)
def test_taken_port_is_named_with_the_setting_that_changes_it(setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(DemoError, match=rf"^{taken} is taken .*; set {setting} to another"):
            free_addresses(FREE | {setting: taken})


@pytest.mark.parametrize(
    "address",
    ["8080", "localhost", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", "256.0.0.1:0", ":80"],
)
def test_address_that_cannot_be_is_named_with_its_setting(address: str) -> None:
    with pytest.raises(DemoError, match=f"^GETME_LISTEN: cannot listen on {address}: "):
        free_addresses(FREE | {"GETME_LISTEN": address})


@pytest.mark.parametrize(
    ("listener", "address"),
    [
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("0.0.0.0:80", "127.0.0.1:80"),
        ("[::]:80", "[::1]:80"),
        ("localhost:80", "localhost:80"),
    ],
)
def test_listener_on_all_addresses_is_reached_by_loopback(listener: str, address: str) -> None:
    assert reachable(listener) == address
