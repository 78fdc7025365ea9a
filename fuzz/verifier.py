"""Whatever text comes as a token: none but those that we signed is accepted, and nothing crashes.

    python -m fuzz.verifier [libFuzzer's options] [folders or files]

The first byte of an input names the key and the form of the rest:

text: the token as it is. parts: header, payload and signature before their base64url, a line
each. signed: header and payload alike, which our key then signs, so that the fuzzer gets past the
signature to the claims.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["getme_server", "jwt"]):
    from getme_server.errors import GetmeError
    from getme_server.tokens.policy import TokenPolicy
    from getme_server.tokens.verifier import Verifier

from tests.unit.tokens.forging import NOW, base64url
from tests.unit.tokens.signing_keys import KINDS, key_of, key_set_of, signature_of

CORPUS = Path(__file__).parent / "corpus" / "verifier"
# Read and not made: an ES256 signature is another one each time.
OURS = frozenset(seed.read_bytes()[1:].decode("ascii") for seed in CORPUS.glob("*-text"))
POLICIES = (
    TokenPolicy(),
    TokenPolicy(
        issuer="https://us.example",
        audience="getme",
        leeway_seconds=5,
        longest_life_seconds=3_600,
        required=frozenset({"typ", "jti", "iat", "nbf"}),
    ),
)


class Forgery(Exception):
    """The verifier has accepted what nobody has signed, or has misread what somebody has."""


def try_text(kind: str, rest: bytes) -> None:
    """The rest is the token."""
    _require_ours(kind, rest.decode("utf-8", "surrogateescape"))


def try_parts(kind: str, rest: bytes) -> None:
    """The rest is the token's three parts."""
    _require_ours(kind, ".".join(map(base64url, rest.split(b"\n", 2))))


def try_signed(kind: str, rest: bytes) -> None:
    """The rest is a header and a payload, to which our key gives a good signature."""
    header, _, payload = rest.partition(b"\n")
    start = f"{base64url(header)}.{base64url(payload)}"
    token = f"{start}.{base64url(signature_of(key_of(kind), start.encode()))}"
    for policy in POLICIES:
        try:
            claims = Verifier(policy).verify(token, key_set_of(kind), now=NOW)
        except GetmeError:
            continue
        said = json.loads(payload)
        if said["sub"] != str(claims.user_id) or said["exp"] <= NOW - policy.leeway_seconds:
            raise Forgery(token)


FORMS: tuple[Callable[[str, bytes], None], ...] = (try_text, try_parts, try_signed)


def one_input(raw: bytes) -> None:
    """Raises whatever is no refusal."""
    if raw:
        form, kind = divmod(raw[0] % (len(FORMS) * len(KINDS)), len(KINDS))
        FORMS[form](KINDS[kind], raw[1:])


def _require_ours(kind: str, token: str) -> None:
    for policy in POLICIES:
        try:
            Verifier(policy).verify(token, key_set_of(kind), now=NOW)
        except GetmeError:
            continue
        if token not in OURS:
            raise Forgery(token)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
