"""Headers that ask for something else than a plain access token, well signed by our own key.

RFC 7515 section 4.1.11, RFC 7797, RFC 8725 sections 3.6, 3.11 and 3.12; CVE-2026-32597.
"""

from collections.abc import Iterator
from typing import Any

from tests.attacks.case import Case, sent
from tests.attacks.forge import Forge

EXTENSIONS: dict[str, dict[str, Any]] = {
    "crit of exp": {"crit": ["exp"], "exp": 1},
    "crit of an unknown": {"crit": ["x-unknown"], "x-unknown": True},
    "crit of something absent": {"crit": ["x-absent"]},
    "crit of a registered name": {"crit": ["alg"]},
    "crit of b64": {"crit": ["b64"], "b64": True},
    "crit twice the same": {"crit": ["a", "a"], "a": 1},
    "crit empty": {"crit": []},
    "crit null": {"crit": None},
    "crit text": {"crit": "exp"},
    "crit empty text": {"crit": ""},
    "crit dict": {"crit": {}},
    "crit number": {"crit": 1},
    "crit false": {"crit": False},
    "crit of numbers": {"crit": [1]},
    "crit of null": {"crit": [None]},
    "crit nested": {"crit": [["exp"]]},
    "b64 false": {"b64": False},
    "b64 false, critical": {"b64": False, "crit": ["b64"]},
    "b64 true": {"b64": True},
    "b64 text": {"b64": "false"},
    "b64 null": {"b64": None},
    "zip": {"zip": "DEF"},
    "zip empty": {"zip": ""},
    "zip null": {"zip": None},
    "zip gzip": {"zip": "GZIP"},
}
KINDS: tuple[Any, ...] = (
    *(
        "refresh+jwt",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "JWE",
        "JOSE",
        "JOSE+JSON",
    ),
    *("rt+jwt", "oauth-authz-req+jwt", "token-introspection+jwt", "kb+jwt", "dc+sd-jwt", "vc+jwt"),
    *("application/jwt+refresh", "application/application/at+jwt", "text/html", "at", "at+jwt;v=1"),
    *(
        "",
        " ",
        "JWT ",
        " JWT",
        "JWT\n",
        "JWT\0",
        "J WT",
        "at+jwt\u212a",
        "\uff2a\uff37\uff34",
        "j\u200bwt",
    ),
    *("at\u002d jwt", "none"),
    *({}, {"typ": "JWT"}, [], ["JWT"], [["JWT"]], None, True, False, 0, 1, 1.5),
)


def extension(forge: Forge) -> Iterator[Case]:
    """What a server does not understand it must not pass over."""
    for name, members in EXTENSIONS.items():
        yield sent(name, forge.with_header(**members))


def kind_of_token(forge: Forge) -> Iterator[Case]:
    """A token that was made for another purpose, or names one that is no name."""
    for kind in KINDS:
        yield sent(f"typ {kind!r}", forge.with_header(typ=kind))
