"""One cell at a time: what is taken, what is refused, and that a refusal quotes nothing."""

import uuid
from datetime import UTC, datetime

import pytest
from email_validator import EmailNotValidError, validate_email

from getme_server.csv_import import cells
from getme_server.csv_import.faults import CellFault

CANONICAL = "7777b733-a6b8-47e7-83ad-bc2739ae9954"
MOMENT = 1745898908964  # 2025-04-29T03:55:08.964Z


@pytest.mark.parametrize("cell", [CANONICAL, CANONICAL.upper()], ids=["lower case", "upper case"])
def test_canonical_uuid_is_a_user_id(cell: str) -> None:
    assert cells.user_id(cell) == uuid.UUID(CANONICAL)


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("", id="empty"),
        pytest.param("17", id="number"),
        pytest.param(CANONICAL.replace("-", ""), id="no hyphens"),
        pytest.param("{" + CANONICAL + "}", id="braces"),
        pytest.param(f"urn:uuid:{CANONICAL}", id="urn"),
        pytest.param(f" {CANONICAL}", id="space before"),
        pytest.param(f"{CANONICAL}\n", id="line end behind"),
        pytest.param(CANONICAL.replace("7777", "٧٧٧٧", 1), id="arabic digits"),  # noqa: RUF001
    ],
)
def test_other_spelling_is_no_user_id(cell: str) -> None:
    with pytest.raises(CellFault, match=r"^must be a UUID such as "):
        cells.user_id(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        pytest.param("", None, id="null"),
        pytest.param("2025-04-29T03:55:08.964Z", MOMENT, id="KillrVideo's file"),
        pytest.param("2025-04-29 03:55:08.964000+0000", MOMENT, id="cqlsh COPY TO"),
        pytest.param("2025-04-29T05:55:08.964+02:00", MOMENT, id="other zone"),
        pytest.param("2025-04-29T03:55:08.964999Z", MOMENT, id="microseconds are cut"),
        pytest.param("1969-12-31T23:59:59.999Z", -1, id="before 1970"),
        pytest.param("0001-01-01T00:00:00+14:00", -62135647200000, id="first year"),
    ],
)
def test_date_is_milliseconds_since_1970(cell: str, expected: int | None) -> None:
    assert cells.milliseconds(cell) == expected


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        pytest.param("2025-04-29T03:55:08.964", "must have a time zone", id="no zone"),
        pytest.param("2025-04-29", "must have a time zone", id="day only"),
        pytest.param("29.04.2025", "must be a date and time such as 2025-", id="german"),
        pytest.param("1745898908964", "must be a date and time such as 2025-", id="number"),
        pytest.param("2025-02-30T00:00:00Z", "must be a date", id="no such day"),
        pytest.param("12025-02-03T00:00:00Z", "must be a date", id="year 12025"),
    ],
)
def test_date_without_zone_or_form_is_refused(cell: str, fault: str) -> None:
    with pytest.raises(CellFault, match=f"^{fault}"):
        cells.milliseconds(cell)


@pytest.mark.parametrize("cell", ["", "Zoë", "李", "O’Hara\xa0", "x" * 8])  # noqa: RUF001
def test_text_within_its_limit_is_kept_as_it_is(cell: str) -> None:
    assert cells.text(8)(cell) == cell


@pytest.mark.parametrize("character", ["\n", "\t", "\x1b", "\x7f", "\x85"], ids=ascii)
def test_control_character_is_refused(character: str) -> None:
    with pytest.raises(CellFault, match="no control characters"):
        cells.text(8)(f"a{character}b")


def test_text_over_its_limit_is_refused_with_both_lengths() -> None:
    with pytest.raises(CellFault, match="at most 8 characters, and has 9"):
        cells.text(8)("x" * 9)


EMAILS = [
    "ada@example.org",
    "ADA+x@Mail.Example.ORG",
    "o'hara_1@a-b.example",
    "x" * 70 + "@example.org",
    "ada@example",
    "ada@127.0.0.1",
    "ä@example.org",
    "ada@bücher.example",
    "ada@xn--bcher-kva.example",
    "ada@xn--zz.example",
    "ada@ab--c.example",
    "ada",
    "@example.org",
    "ada@",
    "ada@@example.org",
    "a da@example.org",
    " ada@example.org",
    "ada@example.org ",
    "ada@example.org\n",
    ".ada@example.org",
    "ada.@example.org",
    "a..da@example.org",
    "ada@-example.org",
    "ada@example-.org",
    "ada@example..org",
    "ada@example.org.",
    "ada@exa_mple.org",
    f"ada@{'x' * 64}.org",
    "Ada <ada@example.org>",
    '"a da"@example.org',
    "ada@[127.0.0.1]",
    "a\x00da@example.org",
    "a***a@example.org",
    "ada@example.org,bob@example.org",
    "k\u212a@example.org",
    "ada\u200b@example.org",
]


@pytest.mark.parametrize("address", EMAILS, ids=ascii)
def test_quick_look_at_an_address_agrees_with_email_validator(address: str) -> None:
    assert _is_taken(address) == _is_valid(address)


@pytest.mark.parametrize("address", ["ada@corp.local", "ada@localhost", "ada@x.test"])
def test_address_at_a_special_domain_is_taken_because_clusters_have_them(address: str) -> None:
    assert cells.email(address) == address


def test_address_over_254_characters_is_refused() -> None:
    assert cells.email("x" * 242 + "@example.org")
    with pytest.raises(CellFault, match="at most 254 characters, and has 255"):
        cells.email("x" * 243 + "@example.org")


def test_empty_address_is_a_null_where_one_may_stand() -> None:
    assert cells.email("") == ""
    with pytest.raises(CellFault, match="is empty"):
        cells.required_email("")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("true", True), ("True", True), ("1", True), ("FALSE", False), ("0", False), ("", False)],
)
def test_boolean_is_read_in_either_case(cell: str, expected: bool) -> None:
    assert cells.boolean(cell) is expected


@pytest.mark.parametrize("cell", ["yes", "2", "falsehood", " true"])
def test_other_word_is_no_boolean(cell: str) -> None:
    with pytest.raises(CellFault, match=r"^must be true or false$"):
        cells.boolean(cell)


def test_moment_of_the_table_is_what_its_comment_says() -> None:
    assert datetime.fromtimestamp(MOMENT / 1000, UTC).isoformat()[:23] == "2025-04-29T03:55:08.964"


def _is_taken(address: str) -> bool:
    try:
        cells.email(address)
    except CellFault:
        return False
    return True


def _is_valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return False
    return True
