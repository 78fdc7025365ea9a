"""One address is one key, however it is typed; what others stored is found all the same."""

import pytest
from email_validator import validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from getme_server.accounts.email_address import MAX_CHARACTERS, canonical, spellings
from getme_server.errors import InvalidField

LONGEST_DOMAIN = ".".join(["d" * 63] * 3)[:185] + ".org"  # 189 characters, beside 64 and an @


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ada@example.org", "ada@example.org", id="as it is"),
        pytest.param("Ada@Example.ORG", "ada@example.org", id="case"),
        pytest.param(" \tada@example.org\n", "ada@example.org", id="white space around"),
        pytest.param("a.d+tag@example.org", "a.d+tag@example.org", id="dots and tags are kept"),
        pytest.param("o'hara!#$%&*/=?^_`{|}~-@x.org", "o'hara!#$%&*/=?^_`{|}~-@x.org", id="atoms"),
        pytest.param("a@mail.corp.example", "a@mail.corp.example", id="many labels"),
        pytest.param("ada@BÜCHER.example", "ada@bücher.example", id="domain beyond ASCII"),
        pytest.param("ada@xn--bcher-kva.example", "ada@bücher.example", id="its Punycode"),
        pytest.param("ada@bu\u0308cher.example", "ada@bücher.example", id="its decomposed form"),
        pytest.param("ada@x。org", "ada@x.org", id="ideographic full stop"),
        pytest.param("ada@straße.example", "ada@straße.example", id="sharp s stays (IDNA 2008)"),
        pytest.param("ÄDA@example.org", "äda@example.org", id="case beyond ASCII"),
        pytest.param("a\u0308da@example.org", "äda@example.org", id="decomposed"),
        pytest.param("quac\u212a@example.org", "quack@example.org", id="Kelvin sign"),
        pytest.param("\u0130@example.org", "i\u0307@example.org", id="I with a dot"),
        pytest.param("J\u030c@example.org", "\u01f0@example.org", id="composes in lower case"),
        pytest.param("ﬁ@example.org", "fi@example.org", id="ligature"),
        pytest.param("\uff41da\uff20example\uff0eorg", "ada@example.org", id="fullwidth"),
        pytest.param("用户@例子.广告", "用户@例子.广告", id="Chinese"),
        pytest.param(f"{'a' * 64}@{LONGEST_DOMAIN}", f"{'a' * 64}@{LONGEST_DOMAIN}", id="longest"),
    ],
)
def test_address_has_one_spelling(text: str, expected: str) -> None:
    assert canonical(text) == expected
    assert canonical(expected) == expected
    assert spellings(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="spaces"),
        pytest.param("ada", id="no @"),
        pytest.param("ada@", id="no domain"),
        pytest.param("@example.org", id="no local part"),
        pytest.param("ada@example", id="no dot"),
        pytest.param("a@b@example.org", id="two @"),
        pytest.param(".ada@example.org", id="leading dot"),
        pytest.param("ada.@example.org", id="trailing dot"),
        pytest.param("a..da@example.org", id="two dots"),
        pytest.param("ada@example..org", id="two dots in the domain"),
        pytest.param("ada@-example.org", id="hyphen"),
        pytest.param("ada@example.org.", id="root"),
        pytest.param("ada@exa_mple.org", id="underscore in the domain"),
        pytest.param('"ada"@example.org', id="quoted"),
        pytest.param('"a d a"@example.org', id="quoted, with spaces"),
        pytest.param("ada@[127.0.0.1]", id="IPv4 literal"),
        pytest.param("ada@[IPv6:::1]", id="IPv6 literal"),
        pytest.param("ada@127.0.0.1", id="IPv4 address"),
        pytest.param("Ada <ada@example.org>", id="with a name"),
        pytest.param("ada(comment)@example.org", id="comment"),
        pytest.param("a da@example.org", id="space within"),
        pytest.param("ada@example.org\nbcc:eve@example.org", id="two lines"),
        pytest.param("a\0da@example.org", id="NUL"),
        pytest.param("a\u202eda@example.org", id="bidi control"),
        pytest.param("a\u200bda@example.org", id="zero width space"),
        pytest.param("\ud800@example.org", id="lone surrogate"),
        pytest.param("ada@\ud800.org", id="lone surrogate in the domain"),
        pytest.param("ada@xn--a.example", id="Punycode of nothing"),
        pytest.param("ada@corp.local", id="reserved domain"),
        pytest.param(f"{'a' * 65}@example.org", id="local part too long"),
        pytest.param(f"{'a' * 64}@d{LONGEST_DOMAIN}", id="too long"),
        pytest.param("\u0130" * 60 + f"@{'d' * 60}.{'d' * 60}.org", id="too long in lower case"),
        pytest.param(f"{'a' * 10_000_000}@example.org", id="far too long"),
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        canonical(text)
    # the same whatever was given, so that nothing of it is told
    assert refused.value.violations == {
        "email": "must be an e-mail address such as ada@example.org, of at most 254 characters and"
        " not at a reserved domain such as .local or .test"
    }
    assert refused.value.__cause__ is None  # whose text may quote the address
    assert isinstance(spellings(text), tuple)


# Letters whose lower case, composition or compatibility form is another one, or several.
TRICKY = "aAiIkKsS\u0130\u0131\u212a\u017fßẞς\u03c3ΣéÉe\u0301\u0327ﬁǅĳª①\uff21\uff0e\uff20@.-_+'"
locals_ = st.text(st.one_of(st.sampled_from(TRICKY), st.characters()), min_size=1, max_size=8)


@given(locals_, st.sampled_from(["example.org", "Example.ORG", "BÜCHER.example", "ΣΑΣ.gr"]))
@example("ΑΣ", "example.org")
def test_canonical_spelling_of_a_canonical_spelling_is_itself(local: str, domain: str) -> None:
    try:
        first = canonical(f"{local}@{domain}")
    except InvalidField:
        return
    assert canonical(first) == first
    assert len(first) <= MAX_CHARACTERS


@given(st.from_regex(r"[a-z0-9+]{1,8}@[a-z0-9]{1,8}\.org", fullmatch=True), st.data())
def test_case_never_makes_two_addresses(text: str, data: st.DataObject) -> None:
    upper = data.draw(st.sets(st.sampled_from(text)))
    assert canonical("".join(c.upper() if c in upper else c for c in text)) == text


@given(st.from_regex(r"[A-Za-z0-9+]{1,8}@[A-Za-z0-9]{1,4}\.(org|ORG|local|LOCAL)", fullmatch=True))
def test_attempts_on_a_stored_address_are_counted_as_one_however_it_is_typed(text: str) -> None:
    assert {spellings(stored)[0] for stored in spellings(text)} == {spellings(text)[0]}


@given(st.text())
def test_spellings_never_raise_and_never_repeat(text: str) -> None:
    for given_text in (text, f"{text}@example.org", f"ada@{text}.org", f"{text}@{text}"):
        found = spellings(given_text)
        assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ada@example.org", ("ada@example.org",), id="one"),
        pytest.param(
            " Ada@Example.ORG ",
            ("ada@example.org", "Ada@example.org", "Ada@Example.ORG"),
            id="case",
        ),
        pytest.param(
            "Ada@xn--bcher-kva.example",
            ("ada@bücher.example", "Ada@bücher.example", "Ada@xn--bcher-kva.example"),
            id="Punycode",
        ),
        pytest.param("Ada@CORP.local", ("Ada@corp.local", "Ada@CORP.local"), id="reserved domain"),
        pytest.param("ada@localhost", ("ada@localhost",), id="no dot, which an import takes"),
        pytest.param("ada", (), id="no address"),
        pytest.param("", (), id="nothing"),
        pytest.param("a\0@example.org", (), id="NUL"),
        pytest.param("\ud800@example.org", (), id="lone surrogate"),
        pytest.param("a" * 300 + "@example.org", (), id="too long"),
    ],
)
def test_spellings_are_those_under_which_a_row_may_be_stored(
    text: str, expected: tuple[str, ...]
) -> None:
    assert spellings(text) == expected


@pytest.mark.parametrize(
    "text", ["Ada@Example.ORG", "INFO@Example.org", "A\u0308da@BÜCHER.example", "o'Hara+X@x.org"]
)
def test_row_that_killrvideo_wrote_is_found_by_any_case_of_its_domain(text: str) -> None:
    # pydantic's EmailStr, which its backend stores: the domain in lower case, the rest as given
    local, _, domain = validate_email(text, check_deliverability=False).normalized.rpartition("@")
    stored = f"{local}@{domain.lower()}"
    assert stored in spellings(text)
    assert stored in spellings(stored)
