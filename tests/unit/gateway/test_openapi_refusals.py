"""How the refusals that the protos' comments name are read."""

from collections.abc import Mapping

import pytest

from getme.reasons import Reason
from scripts.openapi.refusals import UnreadableRefusalsError, refusals_of, split_refusals

COMMENTS = {
    "x.AService.First": "First does it. Refusals: NOT_FOUND (USER_NOT_FOUND), UNAVAILABLE "
    "(STORE_UNAVAILABLE: it may be done, or not; call again, OVERLOADED).",
    "x.AService.Second": "Refusals: as First, and ABORTED (ETAG_MISMATCH: too late).",
    "x.AService.Third": "Refusals: as First, without its note on STORE_UNAVAILABLE.",
    "x.BService.Fourth": "Refusals: as Third.",
    "x.BService.Open": "Open refuses nothing.",
    "x.BService.Wrong": "Refusals: NOT_FOUND (NO_SUCH_REASON).",
    "x.BService.Lost": "Refusals: as Nobody.",
    "x.BService.Empty": "Refusals: whatever.",
}
NOTE = "it may be done, or not; call again"
FIRST = {Reason.USER_NOT_FOUND: "", Reason.STORE_UNAVAILABLE: NOTE, Reason.OVERLOADED: ""}


@pytest.mark.parametrize(
    ("rpc", "expected"),
    [
        pytest.param("x.AService.First", FIRST, id="its own"),
        pytest.param(
            "x.AService.Second", FIRST | {Reason.ETAG_MISMATCH: "too late"}, id="and another's"
        ),
        pytest.param(
            "x.AService.Third", FIRST | {Reason.STORE_UNAVAILABLE: ""}, id="without a note"
        ),
        pytest.param(
            "x.BService.Fourth", FIRST | {Reason.STORE_UNAVAILABLE: ""}, id="of another service"
        ),
        pytest.param("x.BService.Open", {}, id="none"),
    ],
)
def test_reasons_are_read_with_their_notes(rpc: str, expected: Mapping[Reason, str]) -> None:
    assert refusals_of(rpc, COMMENTS) == expected


@pytest.mark.parametrize("rpc", ["x.BService.Wrong", "x.BService.Lost", "x.BService.Empty"])
def test_what_cannot_be_read_is_an_error(rpc: str) -> None:
    with pytest.raises(UnreadableRefusalsError):
        refusals_of(rpc, COMMENTS)


def test_the_rest_of_a_comment_is_left() -> None:
    rest, refusals = split_refusals(COMMENTS["x.AService.First"])
    assert rest == "First does it."
    assert refusals.startswith("NOT_FOUND")
