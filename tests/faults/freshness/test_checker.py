"""The checker on histories made by hand: it finds each stale answer, and nothing else."""

import math
from collections import Counter

import pytest

from tests.faults.freshness.checker import Kind, Report, check
from tests.faults.freshness.history import (
    GONE,
    NOT_YET,
    REVOKED,
    SUSPENDED,
    Call,
    State,
    Version,
    named,
)

USER = "ada"
ADA, EVE = State("Ada"), State("Eve")
MADE = Version("register", ADA, 0.0, 1.0)
RENAMED = Version("rename", EVE, 10.0, 10.2, via="gateway a")
BARRED = Version("suspend", ADA._replace(suspended=True), 10.0, 10.2)
SIGNED_OUT = Version("sign out", ADA._replace(revoked=frozenset({0})), 10.0, 10.2)
DELETED = Version("delete", ADA._replace(deleted=True), 10.0, 10.2)


def called(
    answer: str, begun: float, *, took: float = 0.01, client: str = "sync a", token: int = 0
) -> Call:
    return Call(client, USER, token, begun, begun + took, answer)


def checked(call: Call, *versions: Version) -> Report:
    return check({USER: [MADE, *versions]}, [call])


def kinds(report: Report) -> list[Kind]:
    return [violation.kind for violation in report.violations]


CHANGES = {
    "name": (RENAMED, named("Eve")),
    "suspension": (BARRED, SUSPENDED),
    "revocation": (SIGNED_OUT, REVOKED),
    "deletion": (DELETED, GONE),
}


@pytest.mark.parametrize(("change", "answer"), CHANGES.values(), ids=CHANGES)
def test_the_answer_before_a_change_is_right_for_a_second_and_wrong_after_it(
    change: Version, answer: str
) -> None:
    before = named("Ada")
    for begun in (9.0, 10.1, 10.3, 11.2):
        assert kinds(checked(called(before, begun), change)) == []
    for begun in (11.21, 12.0, 1_000.0):
        assert kinds(checked(called(before, begun), change)) == [Kind.STALE]
        assert kinds(checked(called(answer, begun), change)) == []


@pytest.mark.parametrize(("change", "answer"), CHANGES.values(), ids=CHANGES)
def test_the_answer_after_a_change_is_right_from_when_it_was_asked_for(
    change: Version, answer: str
) -> None:
    assert kinds(checked(called(answer, 9.0), change)) == [Kind.WRONG]
    assert kinds(checked(called(answer, 9.995), change)) == []  # ended after it
    assert kinds(checked(called(answer, 10.1), change)) == []


def test_what_counts_is_when_a_call_began() -> None:
    assert kinds(checked(called(named("Ada"), 11.1, took=5.0), RENAMED)) == []
    assert kinds(checked(called(named("Ada"), 11.3, took=0.0), RENAMED)) == [Kind.STALE]


def test_only_the_token_that_was_taken_back_is_refused() -> None:
    assert kinds(checked(called(named("Ada"), 20.0, token=1), SIGNED_OUT)) == []
    assert kinds(checked(called(REVOKED, 20.0, token=1), SIGNED_OUT)) == [Kind.WRONG]


def test_a_change_that_was_never_acknowledged_may_have_happened_or_not() -> None:
    cut_off = RENAMED._replace(acknowledged=NOT_YET)
    for begun in (10.1, 20.0, 1_000.0):
        for name in ("Ada", "Eve"):
            report = checked(called(named(name), begun), cut_off)
            assert (kinds(report), report.unsettled) == ([], 1)
    assert kinds(checked(called(named("Ida"), 20.0), cut_off)) == [Kind.WRONG]


def test_each_of_many_changes_counts_for_itself() -> None:
    changes = [
        Version("rename", State(f"Ada{number}"), number, number + 0.1) for number in range(10, 20)
    ]
    histories = {USER: [MADE, *changes]}
    for number in range(11, 20):
        # Its own change came 1.4 s ago, and the one after that 0.4 s ago.
        begun = number + 1.5
        for name, expected in (
            (f"Ada{number + 1}", []),
            (f"Ada{number}", []),
            (f"Ada{number - 1}", [Kind.STALE]),
            ("Ada", [Kind.STALE]),
        ):
            if number == 19 and name == "Ada20":
                continue
            assert kinds(check(histories, [called(named(name), begun)])) == expected


def test_a_revoked_token_is_never_answered_again() -> None:
    back = Version("rename", State("Eve", revoked=frozenset({0})), 30.0, 30.1)
    for name in ("Ada", "Eve"):
        report = checked(called(named(name), 30.2), SIGNED_OUT, back)
        assert kinds(report) == [Kind.STALE if name == "Ada" else Kind.WRONG]


def test_whoever_is_active_again_and_was_signed_out_is_told_so() -> None:
    back = Version("activate", State("Ada", revoked=frozenset({0})), 20.0, 20.1)
    assert kinds(checked(called(SUSPENDED, 20.5), BARRED, back)) == []
    assert kinds(checked(called(REVOKED, 20.5), BARRED, back)) == []
    assert kinds(checked(called(named("Ada"), 20.5), BARRED, back)) == [Kind.STALE]
    assert kinds(checked(called(SUSPENDED, 21.5), BARRED, back)) == [Kind.STALE]
    assert kinds(checked(called(named("Ada"), 20.5, token=1), BARRED, back)) == []


def test_whoever_made_a_change_sees_it_at_once() -> None:
    for begun in (10.21, 10.5, 11.1):
        call = called(named("Ada"), begun)
        assert kinds(checked(call, RENAMED)) == []
        assert kinds(checked(call._replace(client="gateway a"), RENAMED)) == [Kind.OWN]
    under_way = called(named("Ada"), 10.1, client="gateway a")
    assert kinds(checked(under_way, RENAMED)) == []


def test_an_own_change_counts_also_after_the_change_of_another() -> None:
    later = Version("rename", State("Ida"), 10.4, 10.5, via="gateway b")
    call = called(named("Ada"), 10.6, client="gateway a")
    assert kinds(checked(call, RENAMED, later)) == [Kind.OWN]
    assert kinds(checked(call._replace(answer=named("Eve")), RENAMED, later)) == []


@pytest.mark.parametrize("reason", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CONNECTION"])
def test_no_answer_is_never_wrong_but_counted(reason: str) -> None:
    report = checked(called(reason, 20.0), RENAMED)
    assert (kinds(report), report.answered) == ([], 0)
    assert [call.answer for call in report.failed_of("sync a")] == [reason]
    assert report.failed_of("sync b") == report.failed_after(20.0) == []
    assert len(report.failed_after(19.9)) == 1


def test_a_reason_that_no_version_has_is_wrong() -> None:
    for reason in ("INTERNAL", "TOKEN_EXPIRED", SUSPENDED, GONE):
        assert kinds(checked(called(reason, 20.0), RENAMED)) == [Kind.WRONG]


def test_the_stalest_answer_is_told_for_each_client() -> None:
    calls = [
        called(named("Ada"), 10.5),
        called(named("Ada"), 10.9),
        called(named("Eve"), 12.0),
        called(named("Ada"), 10.1, client="aio a"),
    ]
    report = check({USER: [MADE, RENAMED]}, calls)
    assert report.violations == ()
    assert report.stale_seconds == {"sync a": pytest.approx(0.7), "aio a": 0.0}
    assert math.isclose(report.stalest, 0.7)
    assert report.answered == 4
    assert report.changes == Counter({"rename": 1})


def test_a_violation_says_who_was_told_what_and_what_was_right() -> None:
    (violation,) = checked(called(named("Ada"), 12.2), RENAMED).violations
    assert violation.stale_seconds == pytest.approx(2.0)
    text = str(violation)
    for part in ("sync a", "'is Ada'", "stale by 2.000 s", "rename via gateway a", "is Eve"):
        assert part in text
