"""Whatever a keys file holds: it is taken or refused with a reason, and nothing crashes.

    python -m fuzz.jwks [libFuzzer's options] [folders or files]

The first byte of an input says what the rest is: the file itself, or members that replace those
of a good key, a line of `"name": value` each.
"""

import json
import sys
from collections.abc import Mapping

import atheris

with atheris.instrument_imports(include=["getme_server", "jwt"]):
    from getme_server.tokens.errors import KeyRefused
    from getme_server.tokens.jwks import key_set_of_jwks

from tests.unit.tokens.signing_keys import EC, ED, RSA, public, signature_of

# Without RSA's private part, whose check takes 30 ms each time.
GOOD_KEYS: tuple[Mapping[str, str], ...] = (EC, ED, public(EC), public(ED), public(RSA))
PUBLISHED = frozenset({"kid", "alg", "use", "kty", "crv", "n", "e", "x", "y"})


class Unsound(Exception):
    """A key set was taken that must not be used."""


def one_input(raw: bytes) -> None:
    """Raises whatever is no refusal."""
    if not raw:
        return
    form = raw[0] % (1 + len(GOOD_KEYS))
    file = raw[1:] if form == 0 else _with_members(GOOD_KEYS[form - 1], raw[1:])
    try:
        keys = key_set_of_jwks(file)
    except KeyRefused:
        return
    for key in keys.keys:
        if key.signing is not None and not key.verifies(b"x", signature_of(key, b"x")):
            raise Unsound(key.key_id)
    if keys.is_secret or any(not set(jwk) <= PUBLISHED for jwk in keys.public()):
        raise Unsound(file)


def _with_members(jwk: Mapping[str, str], lines: bytes) -> bytes:
    """A file of one key, with the members that lines spell in place of its own.

    A name that stands twice is refused, so the key's own member makes room for its namesake.
    """
    members = [line.strip() for line in lines.split(b"\n") if line.strip()]
    kept = [
        f'"{name}":{json.dumps(value)}'.encode()
        for name, value in jwk.items()
        if not any(line.startswith(f'"{name}"'.encode()) for line in members)
    ]
    return b'{"keys":[{' + b",".join(kept + members) + b"}]}"


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
