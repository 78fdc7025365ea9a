"""Which secrets may sign, and how a setting spells several."""

import pytest

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key_set import MIN_SECRET_BYTES, SecretKeys

STRONG = "0123456789abcdef0123456789abcdef"

# setting, what the refusal says
REFUSED = {
    "empty": ("", "there is no secret"),
    "only spaces": ("   ", "there is no secret"),
    "only a comma": (",", "there is no secret"),
    "31 bytes": (STRONG[:31], "31 bytes, fewer than 32"),
    "one character repeated": ("a" * 64, "repeats a few characters"),
    "seven characters repeated": ("abcdefg" * 10, "repeats a few characters"),
    "new is short": (f"short,{STRONG}", "5 bytes, fewer than 32"),
    "old is short": (f"{STRONG},short", "5 bytes, fewer than 32"),
    "a public key": (f"ssh-rsa {STRONG}", "public key in disguise"),
    "strong until its comma": ("0123456789abcdef,0123456789abcdef", "16 bytes, fewer than 32"),
}


@pytest.mark.parametrize(("setting", "says"), REFUSED.values(), ids=REFUSED)
def test_weak_secret_is_refused_with_the_way_to_a_good_one(setting: str, says: str) -> None:
    with pytest.raises(KeyRefused, match=says) as refused:
        SecretKeys.from_setting(setting)
    assert "secrets.token_urlsafe(48)" in str(refused.value)
    assert STRONG not in str(refused.value)


def test_no_secrets_at_all_are_refused() -> None:
    with pytest.raises(KeyRefused):
        SecretKeys(())


def test_secret_of_exactly_the_least_length_is_taken() -> None:
    assert len(STRONG) == MIN_SECRET_BYTES
    assert SecretKeys.from_setting(STRONG).verifying == (STRONG.encode(),)


def test_length_counts_bytes_not_characters() -> None:
    assert SecretKeys.from_setting("äöüßéèêëñç" + "abcdefghijkl").signing


def test_first_of_several_signs_and_each_verifies() -> None:
    keys = SecretKeys.from_setting(f" {STRONG[::-1]} , {STRONG},")
    assert keys.signing == STRONG[::-1].encode()
    assert keys.verifying == (STRONG[::-1].encode(), STRONG.encode())
