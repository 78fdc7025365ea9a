"""Well-signed headers and payloads that parsers disagree on (RFC 8259, RFC 8725 section 3.7)."""

import codecs
import json
from collections.abc import Iterator

from tests.attacks.case import ACCEPTED, TOKEN_INVALID, Case, sent
from tests.attacks.forge import Forge, with_raw_member

ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig")
SHALLOW = (9, 12, 50, 100, 300, 500, 900, 1_000, 1_500)  # in a token that may be read
DEEP = (2_000, 3_000, 4_000)
BEYOND_ANY_TOKEN = (20_000, 30_000)


def encoding(forge: Forge) -> Iterator[Case]:
    """JSON is UTF-8 and nothing else."""
    for name, members in (("header", forge.header), ("payload", forge.claims)):
        text = json.dumps(dict(members))
        for codec in ENCODINGS:
            yield _part(forge, f"{name} in {codec}", name, text.encode(codec))
        for what, raw in {
            "two BOMs": codecs.BOM_UTF8 * 2 + text.encode(),
            "BOM at the end": text.encode() + codecs.BOM_UTF8,
            "UTF-7": b"+AHs-" + text.encode()[1:],
            "Latin-1": _with(text, b"\xe9"),
            "overlong slash": _with(text, b"\xc0\xaf"),
            "overlong NUL": _with(text, b"\xc0\x80"),
            "overlong in three": _with(text, b"\xe0\x80\xaf"),
            "beyond Unicode": _with(text, b"\xf4\x90\x80\x80"),
            "surrogate": _with(text, b"\xed\xa0\x80"),
            "pair of surrogates": _with(text, b"\xed\xa0\x80\xed\xb0\x80"),
            "cut character": _with(text, b"\xe2\x82"),
            "continuation alone": _with(text, b"\x80"),
            "0xFF": _with(text, b"\xff"),
            "NUL": _with(text, b"\0"),
            "newline in a string": _with(text, b"\n"),
            "escape in a string": _with(text, b"\x1b"),
        }.items():
            yield _part(forge, f"{name}: {what}", name, raw)


def grammar(forge: Forge) -> Iterator[Case]:
    """What lenient parsers take for JSON."""
    for name, members in (("header", forge.header), ("payload", forge.claims)):
        text = json.dumps(dict(members))
        for what, spelling in {
            "comma at the end": f"{text[:-1]},}}",
            "comma at the front": f"{{,{text[1:]}",
            "comment at the end": f"{text}//",
            "comment at the front": f"/**/{text}",
            "comment inside": f"{text[:-1]}/* */}}",
            "hash comment": f"# \n{text}",
            "single quotes": text.replace('"', "'"),
            "names without quotes": text.replace('"alg":', "alg:").replace('"sub":', "sub:"),
            "bytes after it": f"{text}x",
            "NUL after it": f"{text}\0",
            "two of them": text * 2,
            "two lines of them": f"{text}\n{text}",
            "cut": text[:-1],
            "brace too many": f"{text}}}",
            "prefix of a guard": f")]}}'\n{text}",
            "in a list": f"[{text}]",
            "in a string": json.dumps(text),
            "list": "[]",
            "string": '"x"',
            "number": "1",
            "null": "null",
            "true": "true",
            "empty object": "{}",
            "spaces": "  ",
            "NaN": f'{text[:-1]},"x":NaN}}',
            "bad escape": f'{text[:-1]},"x":"\\x41"}}',
            "cut escape": f'{text[:-1]},"x":"\\u00"}}',
            "no-break space": f"\u00a0{text}",
            "vertical tab": f"\v{text}",
            "form": "alg=HS256&sub=x",
            "XML": "<a/>",
            "pickle": "cos\nsystem\n(S'sleep 10'\ntR.",
        }.items():
            if spelling != text:
                yield _part(forge, f"{name}: {what}", name, spelling.encode())


def names_twice(forge: Forge) -> Iterator[Case]:
    """Which of two members counts, parsers disagree."""
    for name, members, first in (
        ("header", forge.header, "alg"),
        ("payload", forge.claims, "sub"),
        ("payload", forge.claims, "exp"),
        ("payload", forge.claims, "roles"),
    ):
        text = json.dumps(dict(members))
        value = json.dumps(members[first])
        escaped = f"\\u{ord(first[0]):04x}{first[1:]}"
        for what, spelling in {
            "equal": f'{text[:-1]},"{first}":{value}}}',
            "null last": f'{text[:-1]},"{first}":null}}',
            "null first": f'{{"{first}":null,{text[1:]}',
            "escaped": f'{text[:-1]},"{escaped}":{value}}}',
            "escaped first": f'{{"{escaped}":{value},{text[1:]}',
            "thrice": f'{text[:-1]},"{first}":0,"{first}":{value}}}',
        }.items():
            yield _part(forge, f"{name}: {first} {what}", name, spelling.encode())
    for what, nested in {
        "in an object": '{"a":1,"a":1}',
        "in a list": '[{"a":1,"a":2}]',
        "empty name": '{"":1,"":2}',
    }.items():
        yield sent(f"nested: {what}", forge.with_raw_claim("act", nested))


def nesting(forge: Forge) -> Iterator[Case]:
    """Depth that ends in a crash of recursive parsers."""
    for opening, closing, kind in (("[", "]", "lists"), ('{"a":', "}", "objects")):
        for depth in SHALLOW:
            yield sent(f"{depth} {kind}", _nested(forge, opening, closing, depth))
        for depth in DEEP:
            endless = forge.token(payload=opening.encode() * depth)
            yield sent(f"{depth} {kind} without an end", endless)
    for depth in BEYOND_ANY_TOKEN:
        yield sent(f"{depth} lists, bare", "[" * depth)
    deep_header = with_raw_member(forge.header, "x", "[" * 2_000 + "]" * 2_000)
    yield sent("2000 lists in the header", forge.token(deep_header))


def names_of_no_use(forge: Forge) -> Iterator[Case]:
    """Names that mean something to a language must mean nothing to us."""
    for name in ("__proto__", "constructor", "__class__", "prototype", "toString", "@type", "$ref"):
        members = {name: {"sub": "x", "alg": "none", "roles": ["moderator"]}}
        yield sent(f"{name} in the payload", forge.with_claims(**members), ACCEPTED)
        instead = json.dumps({"__proto__": dict(forge.claims)}).encode()
        yield sent(f"{name} in the header", forge.with_header(**members), ACCEPTED)
    yield sent("all claims in __proto__", forge.token(payload=instead), TOKEN_INVALID)


def _part(forge: Forge, case_id: str, part: str, raw: bytes) -> Case:
    return sent(case_id, forge.token(raw) if part == "header" else forge.token(payload=raw))


def _with(text: str, raw: bytes) -> bytes:
    """JSON with some bytes in a string of their own."""
    return text[:-1].encode() + b',"x":"' + raw + b'"}'


def _nested(forge: Forge, opening: str, closing: str, depth: int) -> str:
    return forge.with_raw_claim("deep", opening * depth + "0" + closing * depth)
