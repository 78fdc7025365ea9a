"""A caller's trace is what the header says by the letter of W3C's text, or none."""

import pytest

from getme.program.trace_context import MAX_STATE_CHARACTERS, Parent, parent_of, state_to_pass_on

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"
RECORDED = Parent(int(TRACE, 16), int(SPAN, 16), is_sampled=True)

PARENTS = {
    "recorded": ([GOOD], RECORDED),
    "not recorded": ([f"00-{TRACE}-{SPAN}-00"], RECORDED._replace(is_sampled=False)),
    "flags of a later level": ([f"00-{TRACE}-{SPAN}-03"], RECORDED),
    "a later version with more": ([f"cc-{TRACE}-{SPAN}-01-what-will-be"], RECORDED),
    "a later version": ([f"cc-{TRACE}-{SPAN}-01"], RECORDED),
    "more than this version has": ([f"{GOOD}-more"], None),
    "a later version run together": ([f"cc-{TRACE}-{SPAN}-01more"], None),
    "the version that is none": ([f"ff-{TRACE}-{SPAN}-01"], None),
    "no trace": ([f"00-{'0' * 32}-{SPAN}-01"], None),
    "no span": ([f"00-{TRACE}-{'0' * 16}-01"], None),
    "upper case": ([GOOD.upper()], None),
    "cut": ([GOOD[:-1]], None),
    "a line more": ([f"{GOOD}\n"], None),
    "digits of another script": ([GOOD.replace("4bf92", "4bf9٢")], None),
    "twice": ([GOOD, GOOD], None),
    "empty": ([""], None),
    "not there": ([], None),
}
STATES = {
    "one": (["congo=t61rcWkgMzE"], "congo=t61rcWkgMzE"),
    "several, in their order": (["rojo=00f0, congo=t61", "a@b=1"], "rojo=00f0,congo=t61,a@b=1"),
    "empty members": (["a=1,,", ""], "a=1"),
    "as many as may be": (
        [",".join(f"k{n}=1" for n in range(32))],
        ",".join(f"k{n}=1" for n in range(32)),
    ),
    "one more": ([",".join(f"k{n}=1" for n in range(33))], ""),
    "as long as may be": ([f"a={'x' * 250},b={'x' * 257}"], ""),
    "two long ones": (
        [f"a={'x' * 250},b={'x' * 250}"],
        f"a={'x' * 250},b={'x' * 250}",
    ),
    "too long": ([",".join([f"a={'x' * 250}", f"b={'x' * 250}", "c=1234567"])], ""),
    "a key twice": (["a=1,a=2"], ""),
    "no value": (["a"], ""),
    "an address": (["ada@example.org"], ""),
    "a control character": (["a=\x07"], ""),
    "not there": ([], ""),
}


@pytest.mark.parametrize(("headers", "parent"), PARENTS.values(), ids=PARENTS)
def test_parent(headers: list[str], parent: Parent | None) -> None:
    assert parent_of(headers) == parent


@pytest.mark.parametrize(("headers", "state"), STATES.values(), ids=STATES)
def test_state(headers: list[str], state: str) -> None:
    assert state_to_pass_on(headers) == state
    assert len(state) <= MAX_STATE_CHARACTERS
