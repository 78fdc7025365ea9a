"""A credential is passed on as it came, or not at all."""

from collections.abc import Callable

import pytest

from getme_gateway.credentials import authorization_metadata
from getme_gateway.http_messages import Request
from getme_gateway.refusals import TokenInvalid

MakeRequest = Callable[..., Request]


@pytest.mark.parametrize(
    "value", [b"Bearer abc", b"bearer  abc ", b"", b"~ !", b"Bearer " + b"a" * 20_000]
)
def test_one_credential_is_passed_on_byte_for_byte(request_with: MakeRequest, value: bytes) -> None:
    request = request_with(headers=[(b"authorization", value)])
    assert authorization_metadata(request) == (("authorization", value.decode()),)


def test_no_credential_is_passed_on_as_none(request_with: MakeRequest) -> None:
    assert authorization_metadata(request_with()) == ()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([b"Bearer a", b"Bearer a"], id="two, the same"),
        pytest.param([b"Bearer a", b""], id="two, one empty"),
        pytest.param([b"Bearer \xe9"], id="Latin-1"),
        pytest.param(["Bearer é".encode()], id="UTF-8"),
        pytest.param([b"Bearer\ta"], id="tab"),
        pytest.param([b"Bearer a\n"], id="line end"),
    ],
)
def test_a_credential_that_cannot_be_passed_on_is_invalid(
    request_with: MakeRequest, values: list[bytes]
) -> None:
    request = request_with(headers=[(b"authorization", value) for value in values])
    with pytest.raises(TokenInvalid):
        authorization_metadata(request)
