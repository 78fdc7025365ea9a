"""A rate is read as an operator means it, or refused."""

import pytest

from getme_server.limiting.rate import read_rate


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [
        ("10 per 10 minutes", 10, 600),
        ("100 per hour", 100, 3_600),
        ("300/10minutes", 300, 600),
        ("1 per second", 1, 1),
        (" 5 per 2 Days ", 5, 172_800),
    ],
)
def test_a_rate_is_read(text: str, amount: int, seconds: int) -> None:
    rate = read_rate(text)
    assert rate is not None
    assert (rate.amount, rate.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize("text", ["off", "OFF", " off "])
def test_off_is_no_rate(text: str) -> None:
    assert read_rate(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "ten per hour",
        "10 per fortnight",
        "-1 per hour",
        "0 per hour",
        "10 per 0 minutes",
        "10 per minute; 100 per hour",
        "1.5 per hour",
        "100001 per hour",
        "10 per 2 years",
        "on",
        "9" * 5_000 + " per hour",
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"rate|attempts"):
        read_rate(text)
