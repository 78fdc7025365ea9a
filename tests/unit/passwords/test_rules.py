"""Which passwords may be chosen: length, how common, and what everybody knows of the user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

from getme_server.errors import InvalidField
from getme_server.passwords.rules import require_good

LENGTH = "must have 8 to 128 characters"
COMMON = "must not be one of the commonest passwords, which are guessed first"
OWN = "must not be made of your own e-mail address or names, which are guessed first"
HALF = "must be text: it holds half a character"
USER = {"email": "ada.lovelace@example.org", "firstname": "Ada Maria", "lastname": "Lovelace-Ø"}


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("correct horse battery staple", id="words"),
        pytest.param("kq7vxzmw", id="shortest"),
        pytest.param("é" * 3 + "ßÆø😀q" + "z" * 120, id="longest"),
        pytest.param("        ", id="spaces"),
        pytest.param(" kq7vxzm ", id="spaces around count"),
        pytest.param("zzqqxxkk", id="small letters alone"),
        pytest.param("58173946620", id="digits alone"),
        pytest.param("\0\x01\x02\n\t\r\x1b\x7f", id="control characters"),
        pytest.param("пароль и ещё", id="another script"),
        pytest.param("Lovelace1815", id="own name and as much again"),
        pytest.param("adaadaada", id="short name"),
    ],
)
def test_good_password_may_be_chosen(password: str) -> None:
    require_good(password, **USER)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        pytest.param("", LENGTH, id="empty"),
        pytest.param("kq7vxzm", LENGTH, id="7"),
        pytest.param("😀" * 7, LENGTH, id="7 characters in 28 bytes"),
        pytest.param("z" * 129, LENGTH, id="129"),
        pytest.param("z" * 1_000_000, LENGTH, id="a million"),
        pytest.param("kq7vxzm\ud800", HALF, id="lone surrogate"),
        pytest.param("password", COMMON, id="commonest"),
        pytest.param("PassWord", COMMON, id="in any case"),
        pytest.param("\uff30assword", COMMON, id="in wide letters"),
        pytest.param("ada.lovelace@example.org", OWN, id="address"),
        pytest.param("ADA.LOVELACE@EXAMPLE.ORG!", OWN, id="address and a mark"),
        pytest.param("ada.lovelace", OWN, id="local part"),
        pytest.param("example.org", OWN, id="domain"),
        pytest.param("Lovelace", OWN, id="name"),
        pytest.param("lovelaceLOVELACE", OWN, id="name twice"),
        pytest.param("Maria!Lovelace", OWN, id="both names"),
        pytest.param("Lovelace123", OWN, id="name and three more"),
        pytest.param("1exampleLovelace2", OWN, id="two words and two more"),
    ],
)
def test_password_is_refused_with_what_would_be_right(password: str, fault: str) -> None:
    with pytest.raises(InvalidField) as refused:
        require_good(password, **USER)
    assert refused.value.violations == {"password": fault}


def test_fault_names_the_field_that_is_asked_about() -> None:
    with pytest.raises(InvalidField) as refused:
        require_good("short", **USER, field="new_password")
    assert refused.value.violations == {"new_password": LENGTH}


def test_none_of_the_commonest_passwords_may_be_chosen() -> None:
    nobody = {"email": "", "firstname": "", "lastname": ""}
    long_enough = [common for common in FREQUENCY_LISTS["passwords"] if len(common) >= 8]
    assert len(long_enough) > 10_000
    for common in long_enough:
        with pytest.raises(InvalidField, match="commonest"):
            require_good(common.upper(), **nobody)


@given(st.text(min_size=8, max_size=128), st.text(), st.text(), st.text())
def test_no_text_of_the_user_is_an_error_and_no_password_is_told(
    password: str, email: str, firstname: str, lastname: str
) -> None:
    try:
        require_good(password, email=email, firstname=firstname, lastname=lastname)
    except InvalidField as refused:
        told = refused.violations
    else:
        told = {}
    assert told in ({}, {"password": COMMON}, {"password": OWN}, {"password": HALF})
