"""The server learns every hop and the caller's program; the gateway believes nothing."""

import pytest

from tests.unit.gateway.gateway_in_test import PEER, Gateway, Header

LOGOUT = "/api/v1/users/logout"
PLACE = {"x-forwarded-for", "x-forwarded-user-agent"}


def told(gateway: Gateway, *headers: Header) -> dict[str, str]:
    gateway.ask("POST", LOGOUT, headers=headers)
    return {key: value for key, value in gateway.server.metadata[-1].items() if key in PLACE}


@pytest.mark.parametrize(
    ("values", "hops"),
    [
        pytest.param([], PEER[0], id="none"),
        pytest.param([b"203.0.113.9"], f"203.0.113.9, {PEER[0]}", id="one"),
        pytest.param([b"a, b", b"c"], f"a, b, c, {PEER[0]}", id="two headers in their order"),
        pytest.param([b"1.2.3.4\xe9\t"], f"1.2.3.4??, {PEER[0]}", id="unreadable"),
        pytest.param([b""], f", {PEER[0]}", id="empty"),
    ],
)
def test_all_hops_are_passed_on_and_the_peer_is_the_last(
    gateway: Gateway, values: list[bytes], hops: str
) -> None:
    headers = [(b"x-forwarded-for", value) for value in values]
    assert told(gateway, *headers)["x-forwarded-for"] == hops.strip()


def test_of_many_hops_the_nearest_are_passed_on_whole(gateway: Gateway) -> None:
    many = b", ".join(b"203.0.113.%d" % number for number in range(1, 255))
    hops = told(gateway, (b"x-forwarded-for", many))["x-forwarded-for"]
    assert len(hops) <= 1024
    assert hops.endswith(f"203.0.113.254, {PEER[0]}")
    assert f", {PEER[0]}".join([many.decode(), ""]).endswith(f", {hops}")


@pytest.mark.parametrize(
    ("agent", "passed_on"),
    [
        pytest.param(b"curl/8", "curl/8", id="short"),
        pytest.param(b"a" * 300, "a" * 256, id="cut"),
        pytest.param(b"caf\xe9\x1b[1m", "caf??[1m", id="unprintable"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_the_callers_program_is_passed_on_readable(
    gateway: Gateway, agent: bytes, passed_on: str | None
) -> None:
    assert told(gateway, (b"user-agent", agent)).get("x-forwarded-user-agent") == passed_on


def test_metadata_of_that_name_cannot_be_given_by_header(gateway: Gateway) -> None:
    assert "x-forwarded-user-agent" not in told(gateway, (b"x-forwarded-user-agent", b"forged"))


def test_without_a_peer_no_hop_is_believable(gateway: Gateway) -> None:
    gateway.ask("POST", LOGOUT, headers=[(b"x-forwarded-for", b"1.2.3.4")], client=None)
    assert "x-forwarded-for" not in gateway.server.metadata[-1]


def test_reading_does_not_tell_the_place(gateway: Gateway) -> None:
    gateway.ask("GET", "/api/v1/users/me", headers=[(b"user-agent", b"curl/8")])
    assert not PLACE & set(gateway.server.metadata[-1])
