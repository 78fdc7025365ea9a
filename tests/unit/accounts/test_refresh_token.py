"""The text of a refresh token and what it holds."""

import secrets
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getme_server.accounts.refresh_token import PREFIX, RefreshToken, read_refresh_token
from getme_server.errors import TokenInvalid

TOKEN = RefreshToken(UUID(int=7, version=4), b"f" * 32, b"s" * 32)


def test_what_was_written_is_read() -> None:
    assert read_refresh_token(TOKEN.text()) == TOKEN
    assert TOKEN.text().startswith(PREFIX)


@given(st.text(max_size=300))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        read_refresh_token(text)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda text: text + "=", id="padded"),
        pytest.param(lambda text: text[:-1] + chr(ord(text[-1]) + 1), id="bits that do not count"),
        pytest.param(lambda text: text.removeprefix(PREFIX), id="without prefix"),
        pytest.param(lambda text: PREFIX + text, id="prefix twice"),
        pytest.param(lambda text: text + "\n", id="a line"),
        pytest.param(lambda text: text[:50] + "." + text[50:], id="a foreign character within"),
        pytest.param(lambda text: text[:-4], id="cut"),
        pytest.param(lambda text: text + "AAAA", id="longer"),
    ],
)
def test_each_token_has_one_spelling(spelling: object) -> None:
    assert callable(spelling)
    with pytest.raises(TokenInvalid):
        read_refresh_token(spelling(TOKEN.text()))


def test_a_successor_is_of_the_same_session_and_depends_on_secret_and_salt() -> None:
    salt = secrets.token_bytes(32)
    successor = TOKEN.successor(salt)
    assert successor.session_id == TOKEN.session_id
    assert successor == TOKEN.successor(salt)
    assert successor.secret != TOKEN.secret
    assert successor != TOKEN.successor(secrets.token_bytes(32))
    assert successor.secret != TOKEN._replace(secret=b"t" * 32).successor(salt).secret


def test_the_session_id_does_not_hold_the_family() -> None:
    assert TOKEN.session_id.bytes not in TOKEN.family
    assert TOKEN.session_id != TOKEN._replace(family=b"g" * 32).session_id
