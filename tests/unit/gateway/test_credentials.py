"""A credential is passed on as it came, or not at all; a cookie counts as a header."""

from collections.abc import Callable

import pytest

from getme_gateway.credentials import credential_of
from getme_gateway.http_messages import Request
from getme_gateway.refusals import TokenInvalid

MakeRequest = Callable[..., Request]
AUTHORIZATION = b"authorization"
COOKIE = b"cookie"
SESSION = b"__Host-getme_access=abc"


@pytest.mark.parametrize(
    "value", [b"Bearer abc", b"bearer  abc ", b"", b"~ !", b"Bearer " + b"a" * 20_000]
)
def test_one_credential_is_passed_on_byte_for_byte(request_with: MakeRequest, value: bytes) -> None:
    credential = credential_of(request_with(headers=[(AUTHORIZATION, value)]))
    assert credential == ((("authorization", value.decode()),), False)


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param([], id="none"),
        pytest.param([b"a=b; getme_access=abc"], id="another name"),
        pytest.param([b"__host-getme_access=abc"], id="other case"),
        pytest.param([b"x=__Host-getme_access=abc"], id="name within a value"),
        pytest.param([b"__Host-getme_access_=abc"], id="longer name"),
        pytest.param([b"__Secure-getme_refresh=abc"], id="refresh token"),
    ],
)
def test_no_credential_is_passed_on_as_none(
    request_with: MakeRequest, cookies: list[bytes]
) -> None:
    request = request_with(headers=[(COOKIE, value) for value in cookies])
    assert credential_of(request) == ((), False)


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param([SESSION], id="alone"),
        pytest.param([b"a=b; " + SESSION + b"; c=d"], id="among others"),
        pytest.param([b"a=b;" + SESSION], id="without a space"),
        pytest.param([b"a=b", SESSION], id="in a second header"),
    ],
)
def test_a_token_in_the_cookie_is_a_bearer_token(
    request_with: MakeRequest, cookies: list[bytes]
) -> None:
    request = request_with(headers=[(COOKIE, value) for value in cookies])
    assert credential_of(request) == ((("authorization", "Bearer abc"),), True)


@pytest.mark.parametrize("header", [b"Bearer abc", b"bearer abc"])
def test_the_header_wins_over_a_cookie_with_the_same_token(
    request_with: MakeRequest, header: bytes
) -> None:
    credential = credential_of(request_with(headers=[(AUTHORIZATION, header), (COOKIE, SESSION)]))
    assert credential == ((("authorization", header.decode()),), False)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(AUTHORIZATION, b"Bearer a")] * 2, id="two headers, the same"),
        pytest.param([(AUTHORIZATION, b"Bearer a"), (AUTHORIZATION, b"")], id="two, one empty"),
        pytest.param([(AUTHORIZATION, b"Bearer \xe9")], id="Latin-1"),
        pytest.param([(AUTHORIZATION, "Bearer é".encode())], id="UTF-8"),
        pytest.param([(AUTHORIZATION, b"Bearer\ta")], id="tab"),
        pytest.param([(AUTHORIZATION, b"Bearer a\n")], id="line end"),
        pytest.param([(COOKIE, SESSION + b"; " + SESSION)], id="two cookies, the same"),
        pytest.param([(COOKIE, SESSION), (COOKIE, SESSION)], id="two cookies, two headers"),
        pytest.param([(COOKIE, SESSION + b"\xe9")], id="cookie in Latin-1"),
        pytest.param([(AUTHORIZATION, b"Bearer abd"), (COOKIE, SESSION)], id="another token"),
        pytest.param([(AUTHORIZATION, b"Bearer ab"), (COOKIE, SESSION)], id="shorter token"),
        pytest.param([(AUTHORIZATION, b"Bearer  abc"), (COOKIE, SESSION)], id="another space"),
        pytest.param([(AUTHORIZATION, b"Basic abc"), (COOKIE, SESSION)], id="another scheme"),
        pytest.param([(AUTHORIZATION, b""), (COOKIE, SESSION)], id="empty header"),
        pytest.param([(AUTHORIZATION, b"Bearer "), (COOKIE, SESSION)], id="no token"),
    ],
)
def test_a_credential_that_is_not_one_is_invalid(
    request_with: MakeRequest, headers: list[tuple[bytes, bytes]]
) -> None:
    with pytest.raises(TokenInvalid):
        credential_of(request_with(headers=headers))
