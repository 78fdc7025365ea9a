"""Forgeries by the header's algorithm: public keys as secrets, none, everything else registered.

RFC 8725 sections 2.1 and 3.1; CVE-2015-9235, CVE-2022-29217, CVE-2026-48526.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.attacks.case import Case, sent
from tests.attacks.forge import ABSENT, Forge
from tests.attacks.signing import hmac_sign, new_signer
from tests.unit.tokens.forging import base64url

NONE_SPELLINGS = (
    *("none", "None", "NONE", "nOnE", "NoNe", "noNe", "nonE", "NONe"),
    *(" none", "none ", "none\t", "none\n", "\nnone", "none\0", "\0none", "no\0ne", "none,HS256"),
    *(
        "n\u03bfne",
        "n\u043ene",
        "\uff4e\uff4f\uff4e\uff45",
        "non\u0435",
        "none\u200b",
        "\ufeffnone",
    ),
    *("no\u0301ne", "null", "nil", "undefined", "false", "0", "", " "),
)

OTHERS = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "HS1", "RS1", "HS256/64"),
    *("ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "ESP256", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256"),
    *("A128KW", "A192KW", "A256KW", "dir", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"),
    *("A128GCMKW", "A256GCMKW", "PBES2-HS256+A128KW", "PBES2-HS512+A256KW", "A128CBC-HS256"),
    *("A256CBC-HS512", "A128GCM", "A256GCM", "HMAC", "hmac", "SHA256", "HMACSHA256", "MD5", "RSA"),
)

SECRETS = (
    *("", " ", "\0", "0" * 32, "\0" * 32, "secret", "Secret", "password", "changeme", "test"),
    *("key", "jwt", "jwt_secret", "your-256-bit-secret", "your-secret-key", "supersecret"),
    *("a-string-secret-at-least-256-bits-long", "mysecret", "getme", "killrvideo", "HS256"),
    *("null", "undefined", "None", "keyboard cat", "GETME_SECRET_KEY", "AAAA", "example_key"),
)


def public_key_as_secret(forge: Forge) -> Iterator[Case]:
    """A public key is known to all: whoever takes it for a secret believes everybody."""
    for form, key in forge.kit.public_forms.items():
        for ending, bytes_at_end in (("", b""), (" and newline", b"\n"), (" and CRLF", b"\r\n")):
            yield _with_secret(forge, f"{form}{ending}", "HS256", key + bytes_at_end)
        for algorithm in ("HS384", "HS512"):
            yield _with_secret(forge, f"{form}, {algorithm}", algorithm, key)


def guessed_secret(forge: Forge) -> Iterator[Case]:
    """Secrets that people leave in place, and those that a header or a bug would suggest."""
    for secret in SECRETS:
        yield _with_secret(forge, f"{secret!r}", "HS256", secret.encode())
    signed = forge.unsigned({"alg": "HS256", "typ": "JWT"})
    for name, signature in {
        "no key at all": b"",
        "zeros": bytes(32),
        "the signed text itself": signed.encode(),
    }.items():
        yield sent(name, f"{signed}.{base64url(signature)}")


def no_algorithm(forge: Forge) -> Iterator[Case]:
    """`none` in every spelling, with every kind of signature that is none."""
    signature = forge.good.rpartition(".")[2]
    for spelling in NONE_SPELLINGS:
        unsigned = forge.unsigned({"alg": spelling, "typ": "JWT"})
        yield sent(f"{spelling!r}, empty signature", f"{unsigned}.")
        yield sent(f"{spelling!r}, signature of another", f"{unsigned}.{signature}")
    for spelling in ("none", "None", "NONE", "nOnE"):
        unsigned = forge.unsigned({"alg": spelling, "typ": "JWT"})
        yield sent(f"{spelling!r}, stripped", unsigned)
        yield sent(f"{spelling!r}, AA", f"{unsigned}.AA")
        yield sent(f"{spelling!r}, signed", forge.token({"alg": spelling, "typ": "JWT"}))
        yield sent(f"{spelling!r}, no typ", f"{forge.unsigned({'alg': spelling})}.")
        yield sent(f"{spelling!r}, with kid", f"{forge.unsigned({'alg': spelling, 'kid': ''})}.")


def other_algorithm(forge: Forge) -> Iterator[Case]:
    """Another algorithm's name over our own signature, and over its own by the attacker's key."""
    ours = forge.kit.algorithm
    for name in OTHERS:
        if name != ours:
            yield sent(f"{name} over our signature", forge.with_header(alg=name))
    for spelling in (ours.lower(), ours.title(), f"{ours} ", f" {ours}", f"{ours}\0", f"{ours}\n"):
        if spelling != ours:
            yield sent(f"{spelling!r} over our signature", forge.with_header(alg=spelling))
    wide = ours.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    yield sent("ours in fullwidth letters", forge.with_header(alg=wide))
    for name in ("RS256", "PS256", "ES256", "EdDSA"):
        header = forge.header | {"alg": name}
        yield sent(f"{name} by the attacker", forge.token(header, sign=new_signer(name)))
    # CVE-2022-21449: an ECDSA signature of zeros verified for any key.
    zeros = forge.unsigned(forge.header | {"alg": "ES256"})
    yield sent("ES256 with r and s zero", f"{zeros}.{base64url(bytes(64))}")
    yield sent("ES256 with r and s one", f"{zeros}.{base64url((bytes(31) + bytes([1])) * 2)}")


def algorithm_of_another_type(forge: Forge) -> Iterator[Case]:
    """What compares unequal in one language and equal in another."""
    ours = forge.kit.algorithm
    values: dict[str, Any] = {
        "absent": ABSENT,
        "null": None,
        "true": True,
        "false": False,
        "zero": 0,
        "number": 256,
        "float": 2.56,
        "list": [ours],
        "list with none": ["none", ours],
        "empty list": [],
        "nested list": [[ours]],
        "dict": {ours: ours},
        "dict of alg": {"alg": ours},
        "empty dict": {},
    }
    for name, value in values.items():
        yield sent(name, forge.with_header(alg=value))
    text = json.dumps(dict(forge.header))[:-1]
    for name, tail in {
        "twice, none last": ',"alg":"none"}',
        "twice, equal": f',"alg":"{ours}"}}',
        "twice, escaped": ',"\\u0061lg":"none"}',
        "in another case beside it": ',"Alg":"none","ALG":"none","crit":["Alg"]}',
    }.items():
        yield sent(name, forge.token((text + tail).encode()))
    yield sent("twice, none first", forge.token(f'{{"alg":"none",{text[1:]}}}'.encode()))


def _with_secret(forge: Forge, name: str, algorithm: str, secret: bytes) -> Case:
    header = forge.header | {"alg": algorithm}
    return sent(name, forge.token(header, sign=hmac_sign(algorithm, secret)))
