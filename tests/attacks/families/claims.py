"""Well-signed tokens whose claims have the wrong type, range or spelling (RFC 7519 section 4.1).

Our own key signs them, as a careless service that shares it would.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.attacks.case import ACCEPTED, TOKEN_EXPIRED, TOKEN_INVALID, Case, sent
from tests.attacks.forge import ABSENT, CANARY, Forge
from tests.people import ADA, NOBODY

SUB = str(ADA.user_id)
REQUIRED = ("sub", "roles", "exp")
TIMES = ("exp", "nbf", "iat")
FULLWIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
ARABIC_INDIC = {ord("0") + digit: 0x0660 + digit for digit in range(10)}
TEXTS = ("sub", "jti", "iss", "aud")

# Spelt as JSON, since no JSON library writes all of them.
OF_NO_USE: dict[str, str] = {
    "null": "null",
    "true": "true",
    "false": "false",
    "list": '["x"]',
    "list of a list": '[["x"]]',
    "dict": '{"x":1}',
    "nested": '{"a":{"b":{"c":[{}]}}}',
    "lone surrogate": '"\\ud800"',
    "257 characters": f'"{"x" * 257}"',
}
NO_TIMES: dict[str, str] = {
    "text of a number": '"4102444800"',
    "text with underscores": '" 4_102_444_800 "',
    "text of a float": '"4102444800.0"',
    "Arabic-Indic digits": json.dumps("4102444800".translate(ARABIC_INDIC)),
    "fullwidth digits": json.dumps("4102444800".translate(FULLWIDTH)),
    "date": '"2100-01-01T00:00:00Z"',
    "empty text": '""',
    "empty list": "[]",
    "negative": "-1",
    "negative float": "-0.5",
    "milliseconds": "4102444800000",
    "2**63": str(2**63),
    "2**64": str(2**64),
    "1e18": "1e18",
    "1e308": "1e308",
    "1e999": "1e999",
    "minus 1e999": "-1e999",
    "4000 digits": "9" * 4_000,
    "4301 digits": "9" * 4_301,
    "4000 digits after the point": f"-1.{'9' * 4_000}",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "minus Infinity": "-Infinity",
    "hexadecimal": "0xffffffff",
    "leading zero": "04102444800",
    "leading plus": "+4102444800",
    "digits of another script": "\u0664\u0661\u0660\u0662",
    "two dots": "1.2.3",
    "underscores": "4_102_444_800",
}
SUBJECTS: dict[str, str] = {
    "empty": "",
    "name": "ada",
    "e-mail": ADA.email,
    "braces": f"{{{SUB}}}",
    "urn": f"urn:uuid:{SUB}",
    "upper case": "AAAAAAAA-0000-4000-8000-000000000001",
    "no hyphens": SUB.replace("-", ""),
    "underscores": SUB.replace("-", "_"),
    "hyphens elsewhere": f"0000-0000{SUB[8:]}",
    "fullwidth digits": SUB.translate(FULLWIDTH),
    "Arabic-Indic digits": SUB.translate(ARABIC_INDIC),
    "other hyphens": SUB.replace("-", "\u2010"),
    "trailing newline": f"{SUB}\n",
    "leading newline": f"\n{SUB}",
    "trailing space": f"{SUB} ",
    "trailing NUL": f"{SUB}\0",
    "NUL and more": f"{SUB}\0{NOBODY}",
    "lone surrogate at its end": f"{SUB}\ud800",
    "zero width": f"{SUB}\u200b",
    "two": f"{SUB},{NOBODY}",
    "SQL": f"{SUB}' OR '1'='1",
    "path": f"../{SUB}",
    "one digit less": SUB[:-1],
    "one digit more": f"{SUB}0",
    "letter beyond f": f"{SUB[:-1]}g",
    "of nobody": str(NOBODY),
    "of zeros": "00000000-0000-0000-0000-000000000000",
    "of ones": "ffffffff-ffff-ffff-ffff-ffffffffffff",
}
ROLES: dict[str, Any] = {
    "text": "moderator",
    "text with commas": "viewer,moderator",
    "list of numbers": [1, 2],
    "list of null": [None],
    "list with a number": ["viewer", 1],
    "list of dicts": [{"role": "moderator"}],
    "33 of them": ["viewer"] * 33,
    "500 of them": ["viewer"] * 500,
    "lone surrogate": ["viewer", "\ud800"],
    "257 characters": ["viewer", "x" * 257],
}


def claim_of_another_type(forge: Forge) -> Iterator[Case]:
    """Each claim as everything that it is not."""
    for claim in ("sub", "roles", "exp", "nbf", "iat", "jti", "iss", "aud"):
        for name, spelling in OF_NO_USE.items():
            if (claim, name) != ("roles", "list"):
                yield sent(f"{claim} {name}", forge.with_raw_claim(claim, spelling))
        text = json.dumps(dict(forge.claims))[:-1]
        value = json.dumps(forge.claims.get(claim, ""))
        twice = f'{text},"{claim}":{value},"{claim}":{value}}}'
        yield sent(f"{claim} twice", forge.token(payload=twice.encode()))
    for claim in REQUIRED:
        yield sent(f"{claim} absent", forge.with_claims(**{claim: ABSENT}))
        named = {claim: ABSENT, claim.upper(): forge.claims[claim]}
        yield sent(f"{claim} in capitals", forge.with_claims(**named))
        nested = {claim: ABSENT, "claims": {claim: forge.claims[claim]}}
        yield sent(f"{claim} elsewhere", forge.with_claims(**nested))
    for claim in TEXTS:
        for number in (0, 1.5, -1, 10**30):
            yield sent(f"{claim} {number}", forge.with_claims(**{claim: number}))
    yield sent("aud of another", forge.with_claims(aud=CANARY))
    yield sent("aud empty list", forge.with_claims(aud=[]))


def time_that_is_none(forge: Forge) -> Iterator[Case]:
    """Numbers that are no seconds since 1970, and texts that look like some."""
    for claim in TIMES:
        for name, spelling in NO_TIMES.items():
            yield sent(f"{claim} {name}", forge.with_raw_claim(claim, spelling))


def time_that_is_not_now(forge: Forge) -> Iterator[Case]:
    """Tokens of yesterday and tomorrow."""
    for name, spelling in {
        "zero": "0",
        "minus zero": "-0",
        "minus zero, float": "-0.0",
        "one": "1",
        "tiny": "1e-320",
        "a second ago": str(forge.now - 1),
        "half a second ago": str(forge.now - 0.5),
        "32 bits": str(2**30),
    }.items():
        yield sent(f"exp {name}", forge.with_raw_claim("exp", spelling), TOKEN_EXPIRED)
    for claim in ("nbf", "iat"):
        for ahead in (900, 86_400, 3_000_000_000):
            token = forge.with_claims(**{claim: forge.now + ahead})
            yield sent(f"{claim} in {ahead} s", token, TOKEN_INVALID)
        for spelling in ("0", "-0", "-0.0", "1e-320", str(forge.now - 0.5)):
            yield sent(f"{claim} {spelling}", forge.with_raw_claim(claim, spelling), ACCEPTED)
    both = forge.with_claims(exp=forge.now - 10, nbf=forge.now + 900)
    yield sent("exp past, nbf to come", both, TOKEN_EXPIRED, TOKEN_INVALID)


def subject_in_another_spelling(forge: Forge) -> Iterator[Case]:
    """One user has one spelling (RFC 9562 section 4); a user who is none has no answer."""
    for name, subject in SUBJECTS.items():
        yield sent(name, forge.with_claims(sub=subject))


def roles_of_no_use(forge: Forge) -> Iterator[Case]:
    """Roles that are no short list of strings."""
    for name, roles in ROLES.items():
        yield sent(name, forge.with_claims(roles=roles))
