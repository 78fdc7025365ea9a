"""An address is one program's alone."""

import socket

import pytest

from getme.program.listening import ClaimedAddress, PortRefused
from getme.program.settings import ListenAddress

FREE = ListenAddress("127.0.0.1:0")


def claim(address: ListenAddress = FREE) -> ClaimedAddress:
    return ClaimedAddress(address, setting="GETME_LISTEN")


def test_a_claimed_port_is_refused_to_a_second_program_until_it_is_released() -> None:
    first = claim()
    assert first.listen.port
    with pytest.raises(PortRefused, match=f"{first.listen} is taken .* set GETME_LISTEN"):
        claim(first.listen)
    first.release()
    claim(first.listen).release()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with SO_REUSEPORT"])
def test_a_port_that_anybody_listens_on_is_refused(*, shared: bool) -> None:
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        stranger.bind((FREE.host, 0))
        stranger.listen()
        with pytest.raises(PortRefused, match="is taken"):
            claim(FREE.with_port(stranger.getsockname()[1]))


def test_a_claim_lets_this_program_listen_with_so_reuseport() -> None:
    held = claim()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((held.listen.host, held.listen.port))
        listener.listen()
    held.release()


@pytest.mark.parametrize("host", ["203.0.113.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused_by_name(host: str) -> None:
    with pytest.raises(PortRefused, match=f"{host}:8080 cannot be listened on"):
        claim(ListenAddress(f"{host}:8080"))
