"""Which servers an address names, and how gRPC is told of them."""

import pytest

from getme.targets import read_servers

TARGETS = {
    "one": ("127.0.0.1:50051", "127.0.0.1:50051", False),
    "a name": ("getme:50051", "getme:50051", False),
    "a name for several": ("dns:///getme:50051", "dns:///getme:50051", True),
    "a list": (
        "10.0.0.1:50051,10.0.0.2:50052",
        "ipv6:[::ffff:10.0.0.1]:50051,[::ffff:10.0.0.2]:50052",
        True,
    ),
    "a list of both families": (
        "10.0.0.1:50051,[2001:db8::2]:50051",
        "ipv6:[::ffff:10.0.0.1]:50051,[2001:db8::2]:50051",
        True,
    ),
    "a list with a name that is not found": (
        "no-such-host.invalid:50051,10.0.0.2:50051", "ipv6:[::ffff:10.0.0.2]:50051", True,
    ),
    "a list of names that are not found": (
        "no-such-host.invalid:1,none.invalid:1", "no-such-host.invalid:1", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("address", "target", "several"), TARGETS.values(), ids=TARGETS)
def test_an_address_becomes_a_target_of_grpc(address: str, target: str, several: bool) -> None:
    servers = read_servers(address)
    assert servers.target() == target
    assert servers.are_several is several


def test_names_of_a_list_are_looked_up() -> None:
    target = read_servers("localhost:1,127.0.0.1:2").target()
    assert "[::ffff:127.0.0.1]:1" in target
    assert target.endswith("[::ffff:127.0.0.1]:2")


@pytest.mark.parametrize("address", ["a:1,", "a:1,b", "a:1,:2", "a:1,b:x", "a:1,::1:2"])
def test_what_is_no_address_in_a_list_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="in a list of servers is not host:port"):
        read_servers(address)
