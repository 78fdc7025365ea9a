"""A port is one gateway's alone."""

import socket

import pytest

from getme_gateway.server import ClaimedAddress, PortTaken

HOST = "127.0.0.1"


def test_a_claimed_port_is_refused_to_a_second_gateway_until_it_is_released() -> None:
    first = ClaimedAddress(HOST, 0)
    assert first.port
    with pytest.raises(PortTaken, match="in use"):
        ClaimedAddress(HOST, first.port)
    first.release()
    ClaimedAddress(HOST, first.port).release()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with SO_REUSEPORT"])
def test_a_port_that_anybody_listens_on_is_refused(*, shared: bool) -> None:
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        stranger.bind((HOST, 0))
        stranger.listen()
        with pytest.raises(PortTaken, match="in use"):
            ClaimedAddress(HOST, stranger.getsockname()[1])


def test_a_claim_lets_this_process_listen_with_so_reuseport_as_granian_does() -> None:
    claim = ClaimedAddress(HOST, 0)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((claim.host, claim.port))
        listener.listen()
    claim.release()


def test_an_address_is_told_as_people_write_it() -> None:
    claim = ClaimedAddress(HOST, 0)
    assert str(claim) == f"{HOST}:{claim.port}"
    claim.release()
