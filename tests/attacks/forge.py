"""Makes the tokens of an attacker: whatever header and payload, signed or not by the right key.

Every token carries CANARY in a claim of its own, so that a log or an answer that repeats a part of
a payload gives itself away.
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.attacks.signing import Sign, SigningKit
from tests.people import ADA
from tests.unit.tokens.forging import base64url

CANARY = "CANARY-4b1f8a60c2"
LIFE_SECONDS = 3_600
ABSENT = object()

Part = bytes | Mapping[str, Any]


class Forge:
    """Tokens for one kit. now: seconds since 1970. listener: an address that nobody must visit."""

    def __init__(self, kit: SigningKit, now: int, listener: str) -> None:
        self.kit = kit
        self.now = now
        self.listener = listener
        self.header: dict[str, Any] = {"alg": kit.algorithm, "typ": "JWT", **kit.header}
        self.claims: dict[str, Any] = {
            "sub": str(ADA.user_id),
            "roles": ["viewer"],
            "exp": now + LIFE_SECONDS,
            "canary": CANARY,
        }
        self.good = self.token()

    def token(
        self, header: Part | None = None, payload: Part | None = None, sign: Sign | None = None
    ) -> str:
        """A compact JWS, in all that is not given like a good one; bytes go in as they are."""
        signed = self.unsigned(header, payload)
        return f"{signed}.{base64url((sign or self.kit.sign)(signed.encode()))}"

    def unsigned(self, header: Part | None = None, payload: Part | None = None) -> str:
        """Its first two parts."""
        parts = (self.header if header is None else header, payload or self.claims)
        return ".".join(base64url(_bytes(part)) for part in parts)

    def with_header(self, **members: Any) -> str:
        """A good token but for header members added, replaced or ABSENT."""
        return self.token(header=_changed(self.header, members))

    def with_claims(self, **claims: Any) -> str:
        """A good token but for claims added, replaced or ABSENT."""
        return self.token(payload=_changed(self.claims, claims))

    def with_raw_claim(self, name: str, spelling: str) -> str:
        """A good token but for a claim that is spelt as JSON text."""
        return self.token(payload=with_raw_member(self.claims, name, spelling))

    def of_length(self, length: int) -> str:
        """A good token of exactly so many characters."""
        token = self.with_claims(pad="")
        missing = length - len(token)
        for spare in range(8):
            pad = "x" * (missing * 3 // 4 - 3 + spare)
            # The header's spaces shift what base64 rounds up, so that every length can be met.
            for spaces in range(3):
                header = json.dumps(self.header).encode() + b" " * spaces
                token = self.token(header, {**self.claims, "pad": pad})
                if len(token) == length:
                    return token
        raise AssertionError(f"no token has {length} characters")


def with_raw_member(members: Mapping[str, Any], name: str, spelling: str) -> bytes:
    """A JSON object with a member that is spelt as JSON text, such as a number that is none."""
    others = {k: v for k, v in members.items() if k != name}
    return f"{json.dumps(others)[:-1]},{json.dumps(name)}:{spelling}}}".encode()


def _changed(members: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    return {k: v for k, v in {**members, **changes}.items() if v is not ABSENT}


def _bytes(part: Part) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()
