"""Names of all scripts are names; what hides or moves the text around them is none."""

import sys
from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getme_server.accounts.person_name import MAX_CHARACTERS, person_name
from getme_server.errors import InvalidField

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Ada", "Ada", id="as it is"),
        pytest.param("  Ada Maria\t", "Ada Maria", id="white space around"),
        pytest.param("\u3000Ada\u00a0", "Ada", id="wide spaces around"),
        pytest.param("O'Hara-Zoë, Jr.", "O'Hara-Zoë, Jr.", id="punctuation"),
        pytest.param("Zoe\u0308", "Zoë", id="decomposed"),
        pytest.param("X", "X", id="one character"),
        pytest.param("X Æ A-12", "X Æ A-12", id="digits"),
        pytest.param("李", "李", id="Chinese"),
        pytest.param("محمد", "محمد", id="Arabic"),
        pytest.param("بی\u200cبی", "بی\u200cبی", id="Persian, with a non-joiner"),
        pytest.param("क्\u200dष", "क्\u200dष", id="Hindi, with a joiner"),
        pytest.param("ශ්\u200dරී", "ශ්\u200dරී", id="Sinhala, with a joiner"),
        pytest.param("\U00010330\U00010331", "\U00010330\U00010331", id="Gothic"),
        pytest.param(FAMILY, FAMILY, id="emoji"),
        pytest.param("❤\ufe0f", "❤\ufe0f", id="emoji with a variation selector"),
        pytest.param("\U00016fee", "\U00016fee", id="not assigned yet"),
        pytest.param("n" * MAX_CHARACTERS, "n" * MAX_CHARACTERS, id="longest"),
        pytest.param("e\u0301" * MAX_CHARACTERS, "é" * MAX_CHARACTERS, id="longest when composed"),
    ],
)
def test_name_is_stored_composed_and_trimmed(text: str, expected: str) -> None:
    assert person_name(text, "firstname") == expected


CONTROLS = {
    "NUL": "\0",
    "line end": "\n",
    "tab": "\t",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "Arabic letter mark": "\u061c",
    "embedding": "\u202a",
    "override": "\u202e",
    "isolate": "\u2066",
    "end of isolate": "\u2069",
    "lone surrogate": "\ud800",
}


@pytest.mark.parametrize("character", CONTROLS.values(), ids=CONTROLS)
@pytest.mark.parametrize("field", ["firstname", "lastname"])
def test_name_with_a_control_character_is_refused(character: str, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        person_name(f"A{character}da", field)
    assert refused.value.violations == {
        field: "must have no control characters, such as line ends or marks of direction"
    }


INVISIBLE = {
    "joiner": "\u200d",
    "zero width space": "\u200b",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "word joiner and space": "\u2060 \u2060",
    "Hangul filler": "\u3164",
    "Hangul fillers": "\u115f\u1160\uffa0",
    "empty Braille cell": "\u2800",
    "variation selector": "\ufe0f",
    "accent alone": "\u0301",
    "tag": "\U000e0041",
    "default ignorable, not assigned": "\U000e0fff\u2065\ufff0",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
def test_name_that_nobody_can_see_is_refused(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        person_name(text, "lastname")
    assert refused.value.violations == {
        "lastname": "must have a letter or another visible character"
    }


@pytest.mark.parametrize("text", ["", " ", "\t\n\u3000", "n" * (MAX_CHARACTERS + 1), "é" * 10_000])
def test_name_of_a_wrong_length_is_refused(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        person_name(text, "lastname")
    assert refused.value.violations == {"lastname": "must have 1 to 50 characters, besides spaces"}


@given(st.text(st.characters(max_codepoint=sys.maxunicode), max_size=60))
def test_any_text_is_a_name_that_is_stored_as_itself_or_refused(text: str) -> None:
    try:
        name = person_name(text, "firstname")
    except InvalidField:
        return
    assert person_name(name, "firstname") == name
    assert is_normalized("NFC", name)
    assert name.encode()
