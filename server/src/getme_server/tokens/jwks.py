"""A JSON Web Key Set with private keys, as it stands in the keys file (RFC 7517 section 5)."""

import hashlib
import json

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.json_web_key import HOW_TO_MAKE_A_KEY, key_of_jwk
from getme_server.tokens.key import Key
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.strict_json import JsonObject, json_object

MAX_FILE_BYTES = 262_144


def key_set_of_jwks(raw: bytes, known: KeySet | None = None) -> KeySet:
    """The keys of a set; where none has its turn by `signs_from`, the first signs.

    known: keys that need not be read again; reading a private RSA key of 3,072 bits takes 0.1 s.

    Raises KeyRefused for the whole set if a single key must not be used: a set that is half good
    would refuse good tokens without a word.
    """
    if len(raw) > MAX_FILE_BYTES:
        raise KeyRefused(f"it is longer than {MAX_FILE_BYTES} bytes")
    try:
        keys = json_object(raw).get("keys")
    except ValueError as malformed:
        raise KeyRefused(f"it is {malformed}; {HOW_TO_MAKE_A_KEY}") from malformed
    if not isinstance(keys, list) or not all(isinstance(jwk, dict) for jwk in keys):
        raise KeyRefused(f'it is not a JSON Web Key Set, {{"keys": [...]}}; {HOW_TO_MAKE_A_KEY}')
    by_origin = {key.origin: key for key in known.keys} if known else {}
    return KeySet(by_origin.get(_origin(jwk)) or _read(jwk) for jwk in keys)


def _read(jwk: JsonObject) -> Key:
    return key_of_jwk(jwk)._replace(origin=_origin(jwk))


def _origin(jwk: JsonObject) -> bytes:
    return hashlib.sha256(json.dumps(jwk, sort_keys=True).encode()).digest()
