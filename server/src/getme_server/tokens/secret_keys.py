"""HS256 secrets (RFC 7518 section 3.2), and which of them are too weak to be one.

A secret signs for everybody who knows it: one that can be guessed, looked up, or is published as
a public key lets anybody be anybody.
"""

import base64
import binascii
import re

from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import InvalidKeyError

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key import HS256, Key
from getme_server.tokens.key_set import KeySet

# RFC 7518 section 3.2: a key of the same size as the hash output or larger must be used.
MIN_SECRET_BYTES = 32
_MIN_DISTINCT_BYTES = 8
HOW_TO_MAKE_A_SECRET = (
    "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
)

# Secrets of tutorials, templates and defaults that are or can be made 32 bytes long, as letters
# and digits only: KillrVideo's backend, jwt.io's examples, web frameworks' and our own words.
_WELL_KNOWN = frozenset(
    {
        "unittestsecret",
        "your256bitsecret",
        "your384bitsecret",
        "your512bitsecret",
        "astringsecretatleast256bitslong",
        "avalidstringsecretthatisatleast512bitslongwhichisverylongandsecure",
        "yoursecretkey",
        "yourjwtsecret",
        "yourjwtsecretkey",
        "yoursupersecretkey",
        "supersecretkey",
        "supersecretjwtkey",
        "supersecretjwttokenwithatleast32characterslong",
        "secret",
        "secretkey",
        "jwtsecret",
        "jwtsecretkey",
        "mysecret",
        "mysecretkey",
        "mysupersecretkey",
        "changeme",
        "changethis",
        "changemeinproduction",
        "pleasechangeme",
        "changethissecretkeyinproduction",
        "yoursecretkeychangethisinproduction",
        "yoursecretkeyherechangeinproduction",
        "password",
        "test",
        "testsecret",
        "development",
        "devsecret",
        "keyboardcat",
        "insecure",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  # FastAPI's tutorial
    }
)


def secret_keys(text: str) -> KeySet:
    """Keys as in the setting: one secret, or `new,old`: each verifies, the first signs.

    Raises KeyRefused for a secret that could be guessed.
    """
    secrets = [part.strip().encode() for part in text.split(",") if part.strip()]
    if not secrets:
        raise KeyRefused(f"there is no secret; {HOW_TO_MAKE_A_SECRET}")
    return KeySet([secret_key(secret) for secret in secrets])


def secret_key(secret: bytes) -> Key:
    """A key of a secret. Raises KeyRefused for one that could be guessed."""
    _require_strong(secret)
    return Key("", HS256, secret, secret, 0, {})


def _require_strong(secret: bytes) -> None:
    if len(secret) < MIN_SECRET_BYTES:
        raise KeyRefused(
            f"a secret has {len(secret)} bytes, fewer than {MIN_SECRET_BYTES};"
            f" {HOW_TO_MAKE_A_SECRET}"
        )
    if len(set(secret)) < _MIN_DISTINCT_BYTES:
        raise KeyRefused(f"a secret repeats a few characters; {HOW_TO_MAKE_A_SECRET}")
    if _is_well_known(secret):
        raise KeyRefused(f"a secret is a well-known one; {HOW_TO_MAKE_A_SECRET}")
    if any(map(_is_public_key, _spellings(secret))):
        raise KeyRefused(f"a secret is a public key in disguise; {HOW_TO_MAKE_A_SECRET}")


def _is_well_known(secret: bytes) -> bool:
    """Whether it is one of the well-known, in other letters, or repeated until it was long."""
    bare = re.sub(r"[^a-z0-9]", "", secret.decode("utf-8", "replace").lower())
    return bare != "" and any(bare == (known * len(bare))[: len(bare)] for known in _WELL_KNOWN)


def _spellings(secret: bytes) -> list[bytes]:
    """What the bytes may stand for: themselves, base64 of either alphabet, hexadecimal."""
    spellings = [secret]
    padded = secret + b"=" * (-len(secret) % 4)
    for decode in (base64.b64decode, base64.urlsafe_b64decode, binascii.unhexlify):
        try:
            spellings.append(decode(secret if decode is binascii.unhexlify else padded))
        except ValueError:
            continue
    return spellings


def _is_public_key(raw: bytes) -> bool:
    """Whether PyJWT knows it for a key or certificate: PEM, DER, SSH, JWK."""
    try:
        if raw:
            HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(raw)
    except InvalidKeyError:
        return True
    return False
