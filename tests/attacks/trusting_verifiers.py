"""Verifiers that are too trusting, each in its own way that was once in use.

A corpus of attacks that none of them falls for would prove nothing of a verifier that stands.
"""

import base64
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt

from tests.attacks.forge import Forge
from tests.attacks.signing import hmac_sign
from tests.unit.tokens.forging import base64url

Accepts = Callable[[str, Forge], bool]

_SECRETS = ("HS256", "HS384", "HS512")
_REMEMBERED = 16  # characters of the signature


def pyjwt_alone(token: str, forge: Forge) -> bool:
    """Verifies as the usual service does, and looks at no claim but exp."""
    try:
        jwt.decode(token, forge.kit.verifying, algorithms=[forge.kit.algorithm])
    except jwt.PyJWTError:
        return False
    return True


def believes_the_algorithm(token: str, forge: Forge) -> bool:
    """The header says how, and what is at hand is the public key (CVE-2015-9235)."""
    algorithm = _header(token).get("alg")
    if str(algorithm).strip().lower() == "none":
        return True
    forms = forge.kit.public_forms.values()
    return algorithm in _SECRETS and any(_is_signed(token, algorithm, key) for key in forms)


def believes_the_key(token: str, _forge: Forge) -> bool:
    """The header brings the key (CVE-2018-0114)."""
    header = _header(token)
    key, algorithm = header.get("jwk"), header.get("alg")
    if not isinstance(key, dict):
        return False
    try:
        jwt.decode(token, jwt.PyJWK(key, algorithm), algorithms=[str(algorithm)])
    except jwt.PyJWTError:
        return False
    return True


def opens_the_key_file(token: str, _forge: Forge) -> bool:
    """The header names the file of the key."""
    try:
        secret = (Path("/etc/keys") / str(_header(token).get("kid"))).read_bytes()
    except (OSError, ValueError):
        return False
    return _is_signed(token, "HS256", secret)


def knows_weak_secrets(token: str, _forge: Forge) -> bool:
    """Its operator has left the secret of the tutorial in place."""
    return any(_is_signed(token, "HS256", secret) for secret in (b"secret", b"changeme", b""))


def remembers_the_front(token: str, forge: Forge) -> bool:
    """Has seen a good token that begins as this one (CVE-2026-35030)."""
    front = forge.good[: forge.good.rindex(".") + _REMEMBERED]
    return token != forge.good and token.startswith(front)


def remembers_the_signature(token: str, forge: Forge) -> bool:
    """Has seen a good token with this signature."""
    return token != forge.good and token.rpartition(".")[2] == forge.good.rpartition(".")[2]


def decodes_loosely(token: str, forge: Forge) -> bool:
    """Passes over what is no base64url, over spare bits, and over parts that it does not expect."""
    parts = token.split(".")[:3]
    if len(parts) < 3:
        return False
    algorithm = jwt.get_algorithm_by_name(forge.kit.algorithm)
    try:
        signature = _loose(parts[2])
        claims = json.loads(_loose(parts[1]))
        key = algorithm.prepare_key(forge.kit.verifying)
        return "sub" in claims and algorithm.verify(".".join(parts[:2]).encode(), key, signature)
    except (ValueError, TypeError, RecursionError):
        return False


def takes_any_form(token: str, forge: Forge) -> bool:
    """Unpacks what it gets, quoted, encoded or as JSON, until something verifies."""
    text = token.strip("\"'<>{}~,;#").partition(" ")[0]
    try:
        members = json.loads(token)
        text = ".".join(members[name] for name in ("protected", "payload", "signature"))
    except (ValueError, TypeError, KeyError):
        pass
    return text != token and pyjwt_alone(text, forge)


def _header(token: str) -> dict[str, Any]:
    try:
        header = json.loads(_loose(token.partition(".")[0]))
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}


def _is_signed(token: str, algorithm: str, secret: bytes) -> bool:
    signed, _, signature = token.rpartition(".")
    good = base64url(hmac_sign(algorithm, secret)(signed.encode()))
    return hmac.compare_digest(good.encode(), signature.encode())


def _loose(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
