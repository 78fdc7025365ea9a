"""One object in strict JSON: each name once, UTF-8, numbers that are numbers, modest depth."""

from typing import Any

import pytest

from getme_server.tokens.strict_json import MAX_NESTING, json_object

OBJECT = '{"sub":"x","exp":1}'


def nested(opening: str, closing: str, depth: int) -> bytes:
    """An object that holds depth levels of lists or objects."""
    return f'{{"deep":{opening * depth}0{closing * depth}}}'.encode()


REFUSED = {
    "empty": b"",
    "only spaces": b"  ",
    "UTF-16": OBJECT.encode("utf-16"),
    "UTF-16 without BOM": OBJECT.encode("utf-16-le"),
    "UTF-32": OBJECT.encode("utf-32"),
    "UTF-8 with BOM": OBJECT.encode("utf-8-sig"),
    "Latin-1": '{"x":"é"}'.encode("latin-1"),
    "surrogate encoded in UTF-8": b'{"x":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"x":"\xc0\xaf"}',
    "name twice": b'{"alg":"none","alg":"HS256"}',
    "name twice with one value": b'{"exp":1,"exp":1}',
    "one name in two spellings": b'{"sub":"x","\\u0073ub":"x"}',
    "name twice in a nested object": b'{"act":{"sub":1,"sub":2}}',
    "name twice in a list": b'{"act":[{"sub":1,"sub":2}]}',
    "NaN": b'{"exp":NaN}',
    "Infinity": b'{"exp":Infinity}',
    "minus Infinity": b'{"exp":-Infinity}',
    "integer of 5000 digits": b'{"exp":' + b"9" * 5_000 + b"}",
    "Arabic-Indic digits": '{"exp":\u0661\u0669}'.encode(),
    "leading zero": b'{"exp":01}',
    "trailing bytes": f"{OBJECT}x".encode(),
    "two objects": f"{OBJECT}{OBJECT}".encode(),
    "trailing comma": b'{"exp":1,}',
    "comment": f"{OBJECT}//".encode(),
    "single quotes": b"{'exp':1}",
    "NUL in a string": b'{"x":"\0"}',
    "newline in a string": b'{"x":"\n"}',
    "list": b"[]",
    "string": b'"x"',
    "null": b"null",
    "number": b"1",
    "lists a level too deep": nested("[", "]", MAX_NESTING),
    "objects a level too deep": nested('{"a":', "}", MAX_NESTING),
}

READ = {
    "empty object": (b"{}", {}),
    "white space around it": (b' \r\n\t{ "exp" : 1 }\n', {"exp": 1}),
    "four bytes of UTF-8": ('{"x":"😀"}'.encode(), {"x": "😀"}),
    "escaped pair of surrogates": (b'{"x":"\\ud83d\\ude00"}', {"x": "😀"}),
    "one name in two objects": (b'{"a":{"sub":1},"sub":2}', {"a": {"sub": 1}, "sub": 2}),
    "deepest lists": (nested("[", "]", MAX_NESTING - 1), {"deep": [[[[[[[0]]]]]]]}),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_bytes_that_are_not_one_strict_json_object_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not (strict JSON in UTF-8|a JSON object of modest)"):
        json_object(raw)


@pytest.mark.parametrize(("raw", "value"), READ.values(), ids=READ)
def test_strict_json_object_is_read(raw: bytes, value: dict[str, Any]) -> None:
    assert json_object(raw) == value


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"":', "}")], ids=["lists", "objects"]
)
@pytest.mark.parametrize("depth", [9, 100, 480, 500, 700, 950, 990, 1_100, 100_000])
def test_nesting_of_any_depth_is_refused_and_never_ends_the_process(
    depth: int, opening: str, closing: str
) -> None:
    with pytest.raises(ValueError, match=r"^not "):
        json_object(nested(opening, closing, depth))


def test_refusal_never_quotes_what_it_refuses() -> None:
    for raw in (b'{"canary":1,"canary":2}', b'{"x":canary}', b"\xffcanary", b'["canary"]'):
        with pytest.raises(ValueError, match=r"^not ") as refused:
            json_object(raw)
        assert "canary" not in f"{refused.value!r}"
