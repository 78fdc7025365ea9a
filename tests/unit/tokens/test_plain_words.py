"""What a token holds is shown so that it drives no terminal and tells no address and no key."""

import json
from typing import Any

import pytest

from getme_server.tokens.plain_words import (
    distance_words,
    duration_words,
    json_text,
    moment_words,
    printable,
    quoted,
)

PRIVATE = {
    "address": ({"email": "ada@example.org"}, "ada@"),
    "address as subject": ({"sub": "ada@example.org"}, "example.org"),
    "address in a text": ({"x": "I am <ada@example.org>, hello"}, "ada@"),
    "address as a name": ({"ada@example.org": 1}, "ada@"),
    "address deep inside": ([{"x": [["ada@example.org"]]}], "ada@"),
    "key that a header brings": ({"jwk": {"kty": "oct", "k": "c2VjcmV0"}}, "c2VjcmV0"),
    "certificate": ({"x5c": ["MIIC"]}, "MIIC"),
}

RAW = {
    "escape sequence": "\x1b[31mred",
    "DEL": "a\x7fb",
    "C1 control": "\x9b31m",
    "bidirectional override": "\u202eabc",
    "lone surrogate": "\ud800",
    "newline": "a\nFAIL  forged",
}


@pytest.mark.parametrize(("value", "words"), PRIVATE.values(), ids=PRIVATE)
def test_private_values_are_left_out(value: Any, words: str) -> None:
    assert words not in json_text(value)
    assert words not in quoted(value)
    assert "not shown" in json_text(value)


@pytest.mark.parametrize("text", RAW.values(), ids=RAW)
def test_json_text_is_printable_and_loses_nothing(text: str) -> None:
    shown = json_text({text: [text]})
    assert shown.isascii()
    assert shown.isprintable()
    assert json.loads(shown) == {text: [text]}


@pytest.mark.parametrize("text", RAW.values(), ids=RAW)
def test_printable_text_drives_no_terminal(text: str) -> None:
    assert printable(text).isascii()
    assert printable(text).isprintable()


def test_number_that_json_cannot_spell_is_told_in_words() -> None:
    assert json.loads(json_text({"x": float("inf")})) == {"x": "(a number beyond all bounds)"}


def test_long_value_is_cut() -> None:
    assert len(quoted("x" * 5_000)) < 200


MOMENTS = {
    "epoch": (0, "1970-01-01T00:00:00Z"),
    "milliseconds": (1_900_000_000.25, "2030-03-17T17:46:40.250Z"),
    "last": (253_402_300_799, "9999-12-31T23:59:59Z"),
}
DURATIONS = {
    "none": (0, "0 seconds"),
    "fraction": (0.5, "less than a second"),
    "second": (1, "1 second"),
    "minute": (61, "1 minute 1 second"),
    "two units at most": (93_784, "1 day 2 hours"),
    "units that are zero are left out": (86_400, "1 day"),
    "years": (86_400 * 5_000, "5,000 days"),
}


@pytest.mark.parametrize(("seconds", "words"), MOMENTS.values(), ids=MOMENTS)
def test_moment_is_told_in_utc(seconds: float, words: str) -> None:
    assert moment_words(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), DURATIONS.values(), ids=DURATIONS)
def test_duration_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_distance_has_a_direction() -> None:
    assert (distance_words(60), distance_words(-60)) == ("in 1 minute", "1 minute ago")
