"""Changes to a text such as a forger, a proxy or a careless copy makes."""

from collections.abc import Callable

from hypothesis import strategies as st

_LIKELY = "AQgw019-_.=+/ eyJ\n\t\0%,\"'\u212a\u0131\uff21\ud800"
_CHARACTERS = st.one_of(
    st.sampled_from(_LIKELY),
    st.characters(max_codepoint=127),
    st.characters(),
)


# text, a stretch of it, a character to put there
_CHANGES: dict[str, Callable[[str, int, int, str], str]] = {
    "insert": lambda text, start, _end, new: text[:start] + new + text[start:],
    "delete": lambda text, start, end, _new: text[:start] + text[end:],
    "replace": lambda text, start, _end, new: text[:start] + new + text[start + 1 :],
    "turn round": lambda text, start, end, _new: text[:start] + text[start:end][::-1] + text[end:],
    "duplicate": lambda text, start, end, _new: text[:end] + text[start:end] + text[end:],
    "move": lambda text, start, end, _new: text[:start] + text[end:] + text[start:end],
    "swap case": lambda text, start, end, _new: (
        text[:start] + text[start:end].swapcase() + text[end:]
    ),
}


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """The text after one to three changes, which may undo each other."""
    for _ in range(draw(st.integers(1, 3))):
        change = _CHANGES[draw(st.sampled_from(list(_CHANGES)))]
        start = draw(st.integers(0, len(text)))
        length = draw(st.one_of(st.integers(1, 3), st.integers(1, max(1, len(text)))))
        text = change(text, start, start + length, draw(_CHARACTERS))
    return text
